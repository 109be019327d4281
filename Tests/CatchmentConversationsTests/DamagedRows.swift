import Catchment
import CatchmentEngine
import CatchmentTesting
import Foundation
import GRDB
import Testing

/// Copies of a database whose rows are damaged, and what must hold whatever is in them.
struct DamagedRows {
  let source: any Source
  /// What each copy is called.
  let name: String
  /// Of the samples.
  let database: String
  /// The columns whose bytes are damaged.
  let columns: [(table: String, column: String)]

  /// Imports so many copies, in each of which a third of the rows is damaged.
  func check(copies: Int = 34, seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let work = try Workspace(source)
    for copy in 0..<copies { try write(copy, work, &random) }
    let report = try await Conservation.expect(work)
    #expect(report.unitsCommitted == copies)
  }

  private func write(_ copy: Int, _ work: Workspace, _ random: inout SeededRandom) throws {
    let path = "\(work.files.path)/\(copy)/\(name)"
    try FileManager.default.createDirectory(
      atPath: "\(work.files.path)/\(copy)", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: Samples.path(database), toPath: path)
    let queue = try DatabaseQueue(path: path)
    for (table, column) in columns {
      let rows = try queue.read {
        try Row.fetchAll($0, sql: "SELECT rowid AS place, \(column) AS data FROM \(table)")
      }
      for row in rows where random.below(3) == 0 {
        guard var bytes: [UInt8] = (row["data"] as Data?).map(Array.init) else { continue }
        for _ in 0...random.below(4) { bytes.damage(&random) }
        let place: Int64 = row["place"]
        try queue.write { [bytes] in
          try $0.execute(
            sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = ?",
            arguments: [String(decoding: bytes, as: UTF8.self), place])
        }
      }
    }
    try queue.close()
  }
}
