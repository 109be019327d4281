import Catchment
import CatchmentConnectors
import CatchmentTesting
import Foundation
import GRDB
import GRDBSQLite
import Testing

@Suite struct `A SQLite file that follows a home` {
  @Test(arguments: FollowerContract.Promise.allCases)
  func `keeps the follower contract`(promise: FollowerContract.Promise) async throws {
    let folder = try TemporaryDirectory()
    try await FollowerContract(
      make: { place, adopts in SQLiteFollower("\(folder.path)/\(place).db", adopts: adopts) },
      rows: { place, sql in try Self.rows("\(folder.path)/\(place).db", sql) }
    ).check(promise)
  }

  /// What a statement gives, by the C library: text with a NUL in it is then whole.
  private static func rows(_ path: String, _ sql: String) throws -> [[String?]] {
    try DatabaseQueue(path: path).write { database in
      let prepared = try database.makeStatement(sql: sql)
      let statement = prepared.sqliteStatement
      defer { withExtendedLifetime(prepared) { _ = sqlite3_reset(statement) } }
      var rows: [[String?]] = []
      while sqlite3_step(statement) == SQLITE_ROW {
        rows.append(
          (0..<sqlite3_column_count(statement)).map { column in
            guard let text = sqlite3_column_text(statement, column) else { return nil }
            let count = Int(sqlite3_column_bytes(statement, column))
            return String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self)
          })
      }
      return rows
    }
  }

  @Test func `is named by a URL`() throws {
    #expect(try SQLiteFollower(url: "sqlite:/tmp/a.db").location == "sqlite:/tmp/a.db")
    #expect(try SQLiteFollower(url: "sqlite:///tmp/a.db").location == "sqlite:/tmp/a.db")
    #expect(try SQLiteFollower(url: "sqlite:/tmp/a.db?adopt=yes").adopts)
    #expect(throws: CatchmentError.self) { try SQLiteFollower(url: "sqlite:") }
  }
}
