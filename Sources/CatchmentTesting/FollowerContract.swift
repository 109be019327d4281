public import Catchment
internal import CatchmentEngine
internal import FoundationEssentials

/// What every follower must keep: it has the home's rows, all of them or those of before, whatever
/// happens.
///
/// A new follower gets its tests by an adapter: how it is made, and how its rows are read back without
/// it.
///
/// ```swift
/// @Test(arguments: FollowerContract.Promise.allCases)
/// func `keeps the follower contract`(promise: FollowerContract.Promise) async throws {
///   try await FollowerContract(
///     make: { place, adopts in MyFollower("\(folder)/\(place).db", adopts: adopts) },
///     rows: { place, sql in try readRows("\(folder)/\(place).db", sql) }
///   ).check(promise)
/// }
/// ```
public struct FollowerContract: Sendable {
  /// Makes a follower at a place, a plain word; a place that was not used before is empty.
  public typealias Make = @Sendable (_ place: String, _ adopts: Bool) throws -> any Follower
  /// What a statement gives there, as text, by a client that is not the follower's; NULL is nil.
  public typealias Rows = @Sendable (_ place: String, _ sql: String) throws -> [[String?]]

  let make: Make
  let rows: Rows
  let isEscaped: Bool

  /// The adapter of one follower; `isEscaped` says that its text is escaped as
  /// `Documentation/warehouses.md` says of PostgreSQL.
  public init(make: @escaping Make, rows: @escaping Rows, isEscaped: Bool = false) {
    self.make = make
    self.rows = rows
    self.isEscaped = isEscaped
  }

  /// The promises, each of which is a test of its own: they take a while.
  public enum Promise: String, CaseIterable, Sendable {
    /// Step by step it has what the home has, told by what changed.
    case following
    /// Rollbacks and rebuilds are followed.
    case wayBack = "a way back"
    /// Missed runs, lost rows and a lost home are made good.
    case neglect
    /// Another home's rows are left alone.
    case strangers
    /// A publication that is cut is not seen, and the next one makes it good.
    case cuts
    /// Any order of imports, rollbacks, rebuilds and publications ends with the home's rows.
    case anyOrder = "any order"
    /// It goes down to any version and up again, each step whole or not at all, and the next
    /// publication makes it as it was.
    case migration
  }

  /// Throws a `TestFailure` that says how the promise is broken.
  public func check(_ promise: Promise) async throws {
    switch promise {
    case .following: try await checkSteps()
    case .wayBack: try await checkWayBack()
    case .neglect: try await checkNeglect()
    case .strangers: try await checkStrangers()
    case .cuts: try await checkCuts()
    case .migration: try await FollowerMigrations(self).check()
    case .anyOrder: for seed in 1...2 { try await checkAnyOrder(UInt64(seed)) }
    }
  }

  // MARK: Following

  /// Step by step by what changed, and all at once: the same rows.
  private func checkSteps() async throws {
    let bed = try FollowerBed(self, "steps")
    for step in FollowerSteps.all.indices {
      try bed.lay(step..<step + 1)
      let report = try await bed.run()
      try bed.expectSame("after step \(step)")
      let isFirst = step == 0
      try expect(
        report.kind == (isFirst ? .comparison : .changes),
        "step \(step) is told by a \(report.kind)")
      let again = try await bed.run()
      try expect(again.kind == .unchanged, "nothing new is published by a \(again.kind)")
      try expect(again.rows == report.rows, "\(again.rows) rows after \(report.rows)")
      try bed.expectSame("after step \(step) and an import of nothing new")
    }
  }

  /// Rollback, rebuild and what is imported after them.
  private func checkWayBack() async throws {
    let bed = try FollowerBed(self, "back")
    try bed.lay(0..<2)
    _ = try await bed.run()
    try bed.lay(2..<3)
    _ = try await bed.run()
    try bed.rollback("last")
    try bed.expectSame("after a rollback")
    try expect(try await bed.run().kind == .changes, "an import after a rollback is compared")
    try bed.expectSame("after an import of what was rolled back")
    try await bed.rebuild()
    try bed.expectSame("after a rebuild")
    try bed.lay(3..<5)
    _ = try await bed.run()
    try bed.expectSame("after an import that came after a rebuild")
    try bed.rollback("last")
    try bed.expectSame("after a rollback that came after a rebuild")
  }

  /// A follower that missed runs, one that lost rows or its marker, and one that is ahead of a home
  /// that was lost.
  private func checkNeglect() async throws {
    let bed = try FollowerBed(self, "neglect")
    try bed.lay(0..<1)
    _ = try await bed.run()
    for step in 1..<4 {
      try bed.lay(step..<step + 1)
      try await bed.work.importAll()
    }
    try expect(try await bed.run().kind == .changes, "a follower that missed runs is compared")
    try bed.expectSame("after runs that were not published")

    _ = try rows(bed.place, "DELETE FROM messages WHERE role = 'user'")
    _ = try rows(bed.place, "UPDATE tool_calls SET row_hash = 1")
    _ = try rows(bed.place, "INSERT INTO audit_log (id, operation) VALUES (999, 'not ours')")
    try bed.lay(4..<5)
    try expect(try await bed.run().kind == .comparison, "lost rows are not noticed")
    try bed.expectSame("after rows were lost")

    _ = try rows(bed.place, "DELETE FROM catchment_publication")
    try expect(try await bed.run().kind == .comparison, "a lost marker is not noticed")
    try bed.expectSame("after the marker was lost")

    try FileManager.default.removeItem(atPath: bed.work.home.path)
    try bed.work.files.remove("fork.jsonl")
    try expect(try await bed.run().kind == .comparison, "a home that was lost is not noticed")
    try bed.expectSame("after the home was lost")
  }

  /// Another home's rows are not taken out, unless that is asked for.
  private func checkStrangers() async throws {
    let first = try FollowerBed(self, "shared")
    let second = try FollowerBed(self, "shared")
    try first.lay(0..<1)
    try second.lay(0..<3)
    _ = try await first.run()
    do throws(any Error) {
      _ = try await second.run()
      throw TestFailure("another home's rows are replaced without being asked")
    } catch let error as CatchmentError {
      try expect(error.code == .refused, "another home's rows: \(error)")
    }
    try first.expectSame("after another home was refused")
    _ = try await second.run(adopts: true)
    try second.expectSame("after it was adopted")
  }

  // MARK: Being cut

  /// At each call of a publication: the rows are those of before, and the next run publishes.
  private func checkCuts() async throws {
    let bed = try FollowerBed(self, "cuts")
    try bed.lay(0..<2)
    _ = try await bed.run()
    let before = try bed.contents()
    try bed.lay(2..<4)
    var calls = 0
    while true {
      let cut = CutFollower(follower: try bed.follower(), calls: calls)
      do {
        _ = try await bed.run(into: cut)
        break
      } catch let error as CatchmentError where error.message == "cut" {
        try expect(try bed.contents() == before, "a publication cut after \(calls) calls is seen")
      }
      calls += calls < 6 ? 1 : 2
      try expect(calls < 200, "a publication never ends")
    }
    try expect(calls > 10, "a publication is only \(calls) calls")
    try bed.expectSame("after a publication that was cut at call after call, \(calls) in all")
  }

  // MARK: Any order

  private func checkAnyOrder(_ seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let bed = try FollowerBed(self, "order\(seed)")
    try bed.lay(0..<1)
    _ = try await bed.run()
    var step = 1
    var log: [String] = []
    for _ in 0..<10 {
      switch random.below(6) {
      case 0...2 where step < FollowerSteps.all.count:
        try bed.lay(step..<step + 1)
        step += 1
        let isPublished = random.below(2) == 0
        log.append(isPublished ? "import and publish" : "import")
        if isPublished { _ = try await bed.run() } else { try await bed.work.importAll() }
      case 3:
        log.append("roll back the last run")
        do throws(any Error) { try bed.rollback("last") } catch is CatchmentError {}
      case 4:
        log.append("rebuild")
        try await bed.rebuild()
      default:
        log.append("publish")
        _ = try await bed.run()
        try bed.expectSame("seed \(seed), after \(log.joined(separator: ", "))")
      }
    }
    _ = try await bed.run()
    try bed.expectSame("seed \(seed), after \(log.joined(separator: ", "))")
  }
}
