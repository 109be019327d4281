import Foundation
import Testing

/// Runs of pipelines that are taken back, and killed while they are.
@Suite struct `A rollback of a pipeline that is killed` {
  private typealias Crash = `A pipeline that is killed`

  /// All modes that keep what was before; each in every database.
  static let targets = Crash.all.filter { target in
    let words = ["duckdb, merge", "sqlite, merge", "postgresql, merge"]
    return Crash.kills == nil
      ? words.contains(target.name)
      : ["duckdb", "sqlite", "postgresql"].contains { target.name.hasPrefix($0) }
  }

  @Test(.serialized, arguments: targets)
  func `gives back the rows of before, and then the same run again`(
    target: `A pipeline that is killed`.Target
  ) throws {
    var bed = try Crash.Bed(target)
    defer { bed.remove() }
    try bed.prepare()
    let before = try bed.rows()
    var run = try bed.finish()
    let after = try bed.rows()
    #expect(before != after)
    let began = Date()
    #expect(try bed.rollBack(run) == 0)
    let duration = Date().timeIntervalSince(began)
    #expect(try bed.rows() == before)
    var killed = 0
    while killed < target.kills(of: Crash.kills) {
      run = try bed.finish()
      #expect(try bed.rows() == after)
      for _ in 0..<Int.random(in: 1...3) {
        let status = try bed.rollBack(run, killedAfter: .random(in: 0...duration * 1.1))
        killed += status == SIGKILL ? 1 : 0
      }
      // One that was killed after its last deed leaves no run to take back.
      #expect(try [0, 2].contains(bed.rollBack(run)))
      #expect(try bed.rows() == before)
    }
  }
}
