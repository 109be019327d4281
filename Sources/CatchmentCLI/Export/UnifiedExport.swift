import Catchment
import CatchmentConversations
import DuckDB

/// Conversations as `Documentation/unified-conversation.schema.json` has them, an object a line.
///
/// Rows are written as they come: memory does not grow with a conversation.
struct UnifiedExport {
  /// The version of the form, not of the tables.
  static let version = UnifiedConversation.newestVersion

  let reader: WarehouseReader
  let sink: ExportSink

  func write(_ id: String) throws {
    try sink.write("{\"schema_version\":\(Self.version),\"conversation\":")
    _ = try writeRows(ConversationTables.conversations, id, order: "conversation_id")
    for (table, order) in [
      (ConversationTables.messages, "sequence_number, message_id"),
      (ConversationTables.toolCalls, "timestamp, tool_call_id"),
      (ConversationTables.summaries, "timestamp, summary_id"),
    ] {
      try sink.write(",\"\(table.name)\":[")
      _ = try writeRows(table, id, order: order)
      try sink.write("]")
    }
    try sink.write("}\n")
  }

  private func writeRows(_ table: TableSchema, _ id: String, order: String) throws -> Int {
    let result = try reader.connection.stream(
      """
      SELECT \(table.columns.map(Self.selected).joined(separator: ", "))
      FROM main.\(table.name) WHERE conversation_id = ?::UUID ORDER BY \(order)
      """, .text(id))
    let types = result.columnTypes
    var count = 0
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount {
        let members = columns.indices.map { index in
          JSON.Member(
            table.columns[index].name, JSON(columns[index].value(at: row), as: types[index]))
        }
        try sink.write((count > 0 ? "," : "") + JSON.object(members).description)
        count += 1
      }
    }
    return count
  }

  /// Instants in the form of RFC 3339, to the microsecond.
  private static func selected(_ column: TableSchema.Column) -> String {
    let name = SQL.identifier(column.name)
    guard column.type == "TIMESTAMP WITH TIME ZONE" else { return name }
    return "strftime(make_timestamp(epoch_us(\(name))), '%Y-%m-%dT%H:%M:%S.%fZ')"
  }
}
