internal import Catchment
internal import GRDB
internal import JSONTape

/// Reads rows of an SQLite database as lines of JSON.
///
/// The database is another program's: it is opened for reading only, in one transaction, and its
/// write-ahead log is left as it is.
struct DatabaseRows {
  let path: String
  let tables: [DatabaseTable]

  func write(to file: inout SpillFile) throws(CatchmentError) {
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(5)
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      let size = file.size
      var writer = RowJSON()
      // GRDB's closure cannot hold the file, which can only be borrowed; lines are handed over in
      // pieces instead.
      for table in tables {
        var last: Int64 = 0
        _ = last
        try queue.read { database in try writer.rows(of: table, database) }
        last = Int64(size)
        try writer.drain(into: &file)
      }
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw CatchmentError(
        .sourceUnavailable, "\(path) cannot be read as an SQLite database",
        hint: "close the program that uses it and import again", cause: "\(error)")
    }
  }
}
