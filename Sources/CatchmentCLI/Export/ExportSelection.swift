import Catchment
import DuckDB

/// The conversations to export, in the order of their beginning.
struct ExportSelection {
  let ids: [String]

  /// Those that are named, or those that a condition on `conversations` holds for, or all.
  init(
    names: [String], condition: String?, _ reader: WarehouseReader
  ) throws(CatchmentError) {
    guard names.isEmpty else {
      var ids: [String] = []
      for name in names { ids.append(try Conversation.find(name, reader).id) }
      self.ids = ids
      return
    }
    let sql = """
      SELECT conversation_id FROM main.conversations WHERE (\(condition ?? "true"))
      ORDER BY created_at, conversation_id
      """
    do throws(DuckDBError) {
      ids = try reader.connection.query(sql).rows().map { $0[0].shown }
    } catch {
      guard condition != nil else {
        throw CatchmentError(.failed, "the warehouse could not answer", cause: error.description)
      }
      throw CatchmentError(
        .usage, "the condition cannot be asked: \(error.message)",
        hint: "give what may stand behind WHERE, such as \"platform = 'claude_code'\"")
    }
  }
}
