public import Catchment
public import DuckDB
internal import JSONSchema
internal import JSONTape

/// Conversations as `Documentation/unified-conversation.schema.json` has them, an object a line.
///
/// Rows are written as they come, each judged by the schema before it is: memory does not grow with
/// a conversation, but with its largest row.
///
/// ```swift
/// let export = UnifiedExport(connection)
/// try export.write(id) { bytes in file.append(bytes) }
/// ```
public final class UnifiedExport {
  public typealias Sink = (UnsafeRawBufferPointer) throws(CatchmentError) -> Void

  private let connection: Connection
  private let judge = UnifiedJudge()
  private let parser = TapeParser(limits: .init(maximumBytes: Int(UInt32.max)))
  private var row = ByteBuffer()

  private static let lists: [(table: TableSchema, part: UnifiedPart, order: String)] = [
    (ConversationTables.messages, .message, "sequence_number, message_id"),
    (ConversationTables.toolCalls, .toolCall, "timestamp, tool_call_id"),
    (ConversationTables.summaries, .summary, "timestamp, summary_id"),
  ]

  /// Exports what the tables of a connection's schema `main` hold.
  public init(_ connection: Connection) { self.connection = connection }

  /// Writes one conversation, by its id, and the end of its line.
  ///
  /// Throws `validation`, with the conversation and the place in it, where the tables hold what the
  /// schema does not allow; what was written by then is no whole line.
  public func write(_ id: String, to sink: Sink) throws(CatchmentError) {
    try put("{\"schema_version\":\(UnifiedSchema.version),\"conversation\":", sink)
    try writeRows(
      ConversationTables.conversations, .conversation, of: id, order: "conversation_id", sink)
    for (table, part, order) in Self.lists {
      try put(",\"\(table.name)\":[", sink)
      try writeRows(table, part, of: id, order: order, sink)
      try put("]", sink)
    }
    try put("}\n", sink)
  }

  private func put(_ text: String, _ sink: Sink) throws(CatchmentError) {
    let bytes = Array(text.utf8)
    try bytes.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
      try sink(UnsafeRawBufferPointer(bytes))
    }
  }

  private func writeRows(
    _ table: TableSchema, _ part: UnifiedPart, of id: String, order: String, _ sink: Sink
  ) throws(CatchmentError) {
    let result = try asked { () throws(DuckDBError) in
      try connection.stream(
        """
        SELECT \(table.columns.map(Self.selected).joined(separator: ", "))
        FROM main.\(table.name) WHERE conversation_id = ?::UUID ORDER BY \(order)
        """, .text(id))
    }
    var count = 0
    while let chunk = try asked({ () throws(DuckDBError) in try result.next() }) {
      let writer = JSONRowWriter(chunk, table)
      for place in 0..<chunk.rowCount {
        row.removeAll()
        writer.write(place, into: &row)
        let step = part == .conversation ? "/conversation" : "/\(table.name)/\(count)"
        try row.withUnsafeBytes { (bytes) throws(CatchmentError) in
          try check(bytes, part, "conversation \(id)", step)
          if count > 0 { try put(",", sink) }
          try sink(bytes)
        }
        count += 1
      }
    }
  }

  /// Instants in the form of RFC 3339, to the microsecond.
  private static func selected(_ column: TableSchema.Column) -> String {
    let name = SQL.identifier(column.name)
    guard column.type == "TIMESTAMP WITH TIME ZONE" else { return name }
    return "strftime(make_timestamp(epoch_us(\(name))), '%Y-%m-%dT%H:%M:%S.%fZ')"
  }

  private func asked<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch {
      throw CatchmentError(.failed, "the warehouse could not answer", cause: error.description)
    }
  }

  private func check(
    _ bytes: UnsafeRawBufferPointer, _ part: UnifiedPart, _ what: String, _ step: String
  ) throws(CatchmentError) {
    let value: JSONValue
    do throws(JSONError) {
      value = try parser.parse(bytes, isPadded: false)
    } catch {
      throw Self.violation(what, step, "it is not JSON: \(error.message)")
    }
    guard !judge.accepts(value, as: part) else { return }
    let fault = judge.faults(in: value, as: part).first
    throw Self.violation(
      what, "\(step)\(fault?.instanceLocation ?? "")",
      fault.map { "\($0.message) (\($0.keyword))" } ?? "it is not what the schema has")
  }

  private static func violation(
    _ what: String, _ place: String, _ why: String
  ) -> CatchmentError {
    CatchmentError(
      .validation, "\(what) is not what the schema says, at \(place)",
      hint: "run `catchment rebuild` if its tables were changed by hand; else please report this",
      cause: why)
  }
}
