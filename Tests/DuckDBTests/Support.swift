import DuckDB
import Foundation

/// A connection to a new database in memory.
func connect(_ options: Database.Options = .init(threads: 2)) throws -> Connection {
  try Database(options: options).connect()
}

/// Runs `body` with a folder that is gone afterwards.
func withFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory.appending(path: "duckdb-\(UUID())").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// The error that `body` throws.
func failure(_ body: () throws -> Void) -> DuckDBError? {
  do { try body() } catch { return error as? DuckDBError }
  return nil
}
