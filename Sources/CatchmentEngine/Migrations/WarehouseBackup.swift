internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Copies of a warehouse beside it, each as it was before a migration.
///
/// `warehouse-1.0.0-20261121T054812.345Z.duckdb` is an ordinary warehouse of its version: any DuckDB
/// opens it, and in the place of `warehouse.duckdb` it is the warehouse again.
struct WarehouseBackup {
  private let path: String

  init(of path: String) { self.path = path }

  /// Copies the file, which nobody has open, and makes the copy durable under its name.
  func take(_ version: SchemaVersion, now: Int64) throws(CatchmentError) -> String {
    try sweep()
    let time = RunID.make(now: now).text.prefix { $0 != "-" }
    let target = "\(stem)-\(version)-\(time).duckdb"
    do throws(CatchmentError) {
      try FileCopy.copy(path, to: target)
      // Left behind only when the engine could not write its log back.
      if access(path + ".wal", F_OK) == 0 { try FileCopy.copy(path + ".wal", to: target + ".wal") }
    } catch {
      throw error.withoutBackup
    }
    return target
  }

  /// The copies there are, the oldest first.
  func all() throws(CatchmentError) -> [String] {
    try entries { $0.hasSuffix(".duckdb") }
  }

  /// Removes what a killed process left half copied.
  private func sweep() throws(CatchmentError) {
    for path in try entries({ $0.hasSuffix(DurableFile.temporarySuffix) }) {
      try Directory.remove(path)
    }
  }

  private func entries(_ isMeant: (String) -> Bool) throws(CatchmentError) -> [String] {
    let parent = Directory.parent(of: path)
    let start = "\(stem.dropFirst(parent.count + 1))-"
    return try Directory.entries(of: parent).filter { $0.hasPrefix(start) && isMeant($0) }
      .map { "\(parent)/\($0)" }
  }

  private var stem: String {
    path.hasSuffix(".duckdb") ? String(path.dropLast(".duckdb".count)) : path
  }
}

extension CatchmentError {
  fileprivate var withoutBackup: CatchmentError {
    var error = self
    error.message = "no backup could be taken, so nothing was changed: \(message)"
    return error
  }
}
