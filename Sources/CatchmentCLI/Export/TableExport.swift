import Catchment
import CatchmentConversations
import DuckDB
import Foundation

/// The four tables of some conversations, a file each in a folder, written by DuckDB.
struct TableExport {
  let reader: WarehouseReader
  let format: ExportFormat
  let folder: String

  func write(_ ids: [String], copyOptions: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(folder) cannot be made", cause: error.localizedDescription)
    }
    let list = ids.map { "\(SQL.literal($0))::UUID" }.joined(separator: ", ")
    let condition = ids.isEmpty ? "false" : "conversation_id IN (\(list))"
    for table in ConversationTables.all {
      let file = "\(folder)/\(table.name).\(format.rawValue)"
      try reader.connection.execute(
        """
        COPY (SELECT * FROM main.\(table.name) WHERE \(condition)
          ORDER BY conversation_id, \(table.key))
        TO \(SQL.literal(file)) (\(copyOptions))
        """)
    }
  }
}
