import Catchment
import CatchmentCatalogue
import CatchmentEngine
import DuckDB
import Foundation

/// The warehouse of a home, opened for one command.
struct WarehouseReader {
  let connection: Connection
  let warehouse: Warehouse

  /// Throws when there is none yet, or when another process is writing.
  init(_ options: GlobalOptions, isReadOnly: Bool = true) throws(CatchmentError) {
    let home = options.home
    guard FileManager.default.fileExists(atPath: home.warehouse) else {
      throw CatchmentError(
        .configuration, "there is no warehouse in \(home.path) yet",
        hint: "run `catchment import\(options.homeArgument)` first, or name another --home")
    }
    // An import holds it for moments, many times a day where one watches.
    warehouse = try RetryPolicy().run(while: { $0.code == .locked }) { () throws(CatchmentError) in
      try Warehouse(
        path: home.warehouse, sourceTables: [], views: isReadOnly ? Catalogue.sources.views : [],
        options: .init(
          memory: options.memory.bytes, threads: options.threadCount,
          // Private to this process; made only when something is spilled.
          spill: "\(home.spill)-\(ProcessInfo.processInfo.processIdentifier)",
          isReadOnly: isReadOnly))
    }
    connection = try warehouse.connect()
  }

  func close() {
    connection.close()
    warehouse.close()
  }

  /// All rows of a small result.
  func rows(_ sql: String, _ bindings: Value...) throws(CatchmentError) -> [[Value]] {
    do throws(DuckDBError) {
      return try connection.query(sql, bindings: bindings).rows()
    } catch {
      throw CatchmentError(
        .failed, "the warehouse could not answer",
        hint: "run `catchment doctor` to see whether it is as it should be",
        cause: error.description)
    }
  }
}

extension Value {
  /// The text, or nothing when it is null.
  var shown: String { isNull ? "" : description }

  var int: Int { Int(int64 ?? 0) }

  /// `2026-11-21 06:15`, of an instant.
  var minute: String { String(shown.prefix(16)) }
}
