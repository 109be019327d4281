public import Catchment
internal import CatchmentEngine
internal import FoundationEssentials

/// What every destination must keep, wherever it writes.
///
/// A new destination gets its tests by an adapter: how it is made, and how its rows are read back
/// without it.
///
/// ```swift
/// @Test func `keeps the destination contract`() async throws {
///   try await DestinationContract(
///     make: { folder, table, mode in MyDestination("\(folder)/out.db", table: table, mode: mode) },
///     rows: { folder, table in try readRows("\(folder)/out.db", table) }
///   ).check()
/// }
/// ```
public struct DestinationContract: Sendable {
  /// Makes the destination, in a directory.
  public typealias Make =
    @Sendable (_ folder: String, _ table: String, _ mode: LoadMode) -> any Destination
  /// Every row of the table as text, in any order; none when there is no table.
  public typealias Rows = @Sendable (_ folder: String, _ table: String) throws -> [String]

  /// Copies all that a destination has in a directory to another, as a process that is killed leaves it.
  public typealias Copy = @Sendable (_ folder: String, _ other: String) throws -> Void

  /// What a database is loaded by.
  public static let databaseModes: [LoadMode] = [
    .append, .replace, .merge(key: ["id"]), .merge(key: ["id"], deleteMissing: true),
    .scd2(key: ["id"]), .scd2(key: ["id"], deleteMissing: true),
  ]

  private let make: Make
  private let rows: Rows
  private let modes: [LoadMode]
  private let copy: Copy

  /// The adapter of one destination.
  ///
  /// - Parameters:
  ///   - modes: the ways of loading that it knows.
  ///   - copy: of one that keeps nothing in the directory itself.
  public init(
    make: @escaping Make, rows: @escaping Rows,
    modes: [LoadMode] = databaseModes, copy: @escaping Copy = Self.copyFiles
  ) {
    self.make = make
    self.rows = rows
    self.modes = modes
    self.copy = copy
  }

  /// Throws a `TestFailure` that names the broken promise.
  public func check() async throws {
    for mode in modes {
      try await checkTwice(mode)
      try await checkRollback(mode)
      try checkRefusedCommit(mode)
      try checkDeadLetters(mode)
      try await checkMissing(mode)
      try await checkHistory(mode)
    }
    try await checkCounts()
    try await checkOrder()
    try await checkNames()
    try checkUnavailable()
  }

  // MARK: Exactly once

  private func checkTwice(_ mode: LoadMode) async throws {
    let bed = try Bed(self, mode)
    try bed.files.write(Self.select(ids: 1...3), to: "a.sql")
    let first = try await bed.run()
    try expect(first.run.records.loaded == 3, "\(mode): 3 rows count as \(first.run.records)")
    let rows = try bed.contents()
    try expect(rows.count == 3, "\(mode): 3 rows were loaded, and \(rows.count) are there")
    let again = try await bed.run()
    try expect(again.unitsSkipped == 1, "\(mode): a unit that was loaded is planned again")
    try expect(try bed.contents() == rows, "\(mode): a second run changes the rows")
    // The same bytes with another time.
    try bed.files.write(Self.select(ids: 1...3), to: "a.sql")
    _ = try await bed.run()
    try expect(try bed.contents() == rows, "\(mode): a unit that was only touched is loaded again")
  }

  /// A commit that is refused at the last moment, and a process that is killed at that moment.
  private func checkRefusedCommit(_ mode: LoadMode) throws {
    let bed = try Bed(self, mode)
    let killed = try TemporaryDirectory()
    let bench = try Workbench()
    let destination = make(bed.folder, "t", mode)
    let session = try destination.open(for: "contract", in: bench)
    let run = Run(id: "run", pipeline: "contract", status: .running, token: 1, started: 1)
    try session.begin(run)
    let batch = Batch(
      rows: try bench.table(Self.rows(Self.select(ids: 1...3))),
      units: [.init(Self.unit, sha256: "00", records: 3, run: run.id)])
    var wasAsked = false
    let error = try failure {
      _ = try session.load(batch, of: run) { () throws(CatchmentError) in
        wasAsked = true
        do { try copy(bed.folder, killed.path) } catch {
          throw CatchmentError(.failed, "the copy failed", cause: "\(error)")
        }
        throw CatchmentError(.refused, "not now")
      }
    }
    try expect(error?.code == .refused, "\(mode): a refused commit ends with \(error as Any)")
    try expect(wasAsked, "\(mode): nobody asks whether a run may commit")
    try expect(
      try session.committedUnits().isEmpty, "\(mode): a refused commit leaves its marker")
    session.close()
    try expect(try rows(bed.folder, "t").isEmpty, "\(mode): a refused commit leaves rows")
    try expect(
      try rows(killed.path, "t").isEmpty, "\(mode): a run killed before it commits leaves rows")
  }

  // MARK: Dead letters

  /// Those of reading and those of steps are kept with the rows, and go with them.
  private func checkDeadLetters(_ mode: LoadMode) throws {
    let bed = try Bed(self, mode)
    let bench = try Workbench()
    let session = try make(bed.folder, "t", mode).open(for: "contract", in: bench)
    defer { session.close() }
    let run = Run(id: "run", pipeline: "contract", status: .running, token: 1, started: 1)
    try session.begin(run)
    let rejects = try bench.table(
      """
      SELECT 'cast' AS code, 'id' AS "column", 'it''s ' || range AS "value", 'wrong' AS message,
        '{}' AS record FROM range(3000)
      """)
    let letter = DeadLetter(line: 7, byte: 70, code: "cast", message: "wrong", record: "x,y")
    let batch = Batch(
      rows: try bench.table(Self.rows(Self.select(ids: 1...3))),
      units: [.init(Self.unit, sha256: "00", records: 3_004, run: run.id)],
      deadLetters: [(Self.unit.id, letter)],
      rejects: [
        Rejects(step: "cast", rows: rejects, unit: Self.unit.id),
        Rejects(step: "cast", rows: rejects, unit: nil),
      ])
    _ = try session.load(batch, of: run) {}
    let kept = try session.deadLetters()
    try expect(kept == 6_001, "\(mode): of 6001 dead letters \(kept) are kept")
    _ = try session.rollBack(run.id, cascade: false)
    let left = try session.deadLetters()
    try expect(left == 0, "\(mode): \(left) dead letters are left after a rollback")
  }

  // MARK: A way back

  private func checkRollback(_ mode: LoadMode) async throws {
    let bed = try Bed(self, mode)
    var states = [try bed.contents()]
    var runs: [String] = []
    for step in [1...3, 3...5, 2...2] {
      try bed.files.write(Self.select(ids: step, text: "step \(step)"), to: "a.sql")
      runs.append(try await bed.run().run.id)
      states.append(try bed.contents())
    }
    let error = try failure { try bed.pipeline.rollBack(runs[0], in: bed.home) }
    try expect(error?.code == .refused, "\(mode): a run that others came after is undone alone")
    try bed.pipeline.rollBack(runs[2], in: bed.home)
    try expect(try bed.contents() == states[2], "\(mode): a rollback gives other rows")
    let undone = try bed.pipeline.rollBack(runs[0], cascade: true, in: bed.home)
    try expect(undone == [runs[1], runs[0]], "\(mode): a cascade undoes \(undone)")
    try expect(try bed.contents() == states[0], "\(mode): a cascade leaves rows")
    _ = try await bed.run()
    try expect(
      try bed.contents().count == 1, "\(mode): what was rolled back cannot be loaded again")
  }

  // MARK: Rows

  private func checkCounts() async throws {
    guard modes.contains(.merge(key: ["id"])) else { return }
    let bed = try Bed(self, .merge(key: ["id"]))
    try bed.files.write(Self.select(ids: 1...4), to: "a.sql")
    _ = try await bed.run()
    try bed.files.write(
      """
      SELECT id::BIGINT AS id, if(id = 3, 'changed', 'text') AS text FROM range(2, 7) r(id)
      """, to: "b.sql")
    let counts = try await bed.run().run.records
    try expect(
      (counts.loaded, counts.updated, counts.duplicate) == (2, 1, 2),
      "2 new, 1 changed and 2 equal rows count as \(counts)")
    try expect(try bed.contents().count == 6, "a merge of 4 and 5 rows, 3 shared, leaves others")
  }

  /// Of a source that is a snapshot, what is no longer in it goes, and comes back with a rollback.
  private func checkMissing(_ mode: LoadMode) async throws {
    guard mode == .merge(key: ["id"], deleteMissing: true) else { return }
    let bed = try Bed(self, mode)
    try bed.files.write(Self.select(ids: 1...4), to: "a.sql")
    try bed.files.write(Self.select(ids: 5...6), to: "b.sql")
    _ = try await bed.run()
    let before = try bed.contents()
    try bed.files.remove("b.sql")
    try bed.files.write(Self.select(ids: 3...4), to: "a.sql")
    try bed.files.write(Self.select(ids: 4...5, text: "new") + " WHERE id = 5", to: "c.sql")
    let run = try await bed.run().run
    let counts = run.records
    try expect(
      (counts.loaded, counts.updated, counts.duplicate, counts.deleted) == (0, 1, 2, 3),
      "1 changed, 2 equal and 3 missing rows count as \(counts)")
    try expect(try bed.contents().count == 3, "rows that are no longer in the source stay")
    try bed.pipeline.rollBack(run.id, in: bed.home)
    try expect(try bed.contents() == before, "a rollback brings deleted rows back otherwise")
    let kept = try bed.pipeline.runs(in: bed.home).map(\.records.deleted)
    try expect(kept == [0, 3], "3 deleted rows are remembered as \(kept)")
  }

  /// Of a history every version stays.
  private func checkHistory(_ mode: LoadMode) async throws {
    guard case .scd2(_, let closes) = mode else { return }
    let bed = try Bed(self, mode)
    try bed.files.write(Self.select(ids: 1...3), to: "a.sql")
    _ = try await bed.run()
    let before = try bed.contents()
    try bed.files.write(
      "SELECT id::BIGINT AS id, if(id = 2, 'changed', 'text') AS text FROM range(2, 5) r(id)",
      to: "a.sql")
    let run = try await bed.run().run
    let counts = run.records
    try expect(
      (counts.loaded, counts.updated, counts.duplicate, counts.deleted)
        == (1, 1, 1, closes ? 1 : 0),
      "\(mode): 1 new, 1 changed, 1 equal and 1 missing row count as \(counts)")
    let versions = try bed.contents()
    try expect(versions.count == 5, "\(mode): 5 versions are \(versions)")
    try bed.pipeline.rollBack(run.id, in: bed.home)
    try expect(try bed.contents() == before, "\(mode): a rollback opens versions otherwise")
    try bed.files.write(Self.select(ids: 1...1), to: "a.sql")
    _ = try await bed.run()
    try bed.files.write(Self.select(ids: 1...3), to: "a.sql")
    let back = try await bed.run().run.records
    try expect(
      (back.loaded, back.duplicate) == (closes ? 2 : 0, closes ? 1 : 3),
      "\(mode): 2 keys that come back count as \(back)")
  }

  private func checkOrder() async throws {
    let (forward, backward) = (try Bed(self, .append), try Bed(self, .append))
    try forward.files.write(Self.select(ids: 1...5_000), to: "a.sql")
    try backward.files.write(Self.select(ids: 1...5_000) + " ORDER BY id DESC", to: "a.sql")
    _ = try await forward.run()
    _ = try await backward.run()
    try expect(
      try forward.contents() == backward.contents(), "rows in another order are other rows")
  }

  private func checkNames() async throws {
    for name in HostileNames.all {
      let bed = try Bed(self, modes.last ?? .append, table: name)
      let column = SQL.identifier(name)
      for text in ["first", "second"] {
        try bed.files.write(
          "SELECT 1::BIGINT AS id, '\(text)' AS \(column)", to: "a.sql")
        _ = try await bed.run()
      }
      let rows = try bed.contents()
      try expect(
        rows.contains { $0.contains("second") }, "a table called \(name) holds \(rows)")
    }
  }

  // MARK: Failure

  private func checkUnavailable() throws {
    let folder = try TemporaryDirectory()
    let error = try failure {
      _ = try make("\(folder.path)/not/there", "t", .append)
        .open(for: "contract", in: Workbench())
    }
    try expect(
      error?.code.exitCode == 7, "a directory that is not there gives: \(error as Any)")
  }

  // MARK: What the checks stand on

  /// Rows with a column of few values more, for a destination that is partitioned by it.
  fileprivate static func rows(_ query: String) -> String {
    "SELECT *, id % 3 AS part FROM (\(query))"
  }

  fileprivate static func select(ids: ClosedRange<Int>, text: String = "text") -> String {
    """
    SELECT id::BIGINT AS id, \(SQL.literal(text)) AS text
    FROM range(\(ids.lowerBound), \(ids.upperBound + 1)) r(id)
    """
  }

  private static var unit: Unit {
    Unit(source: "contract", path: "/unit", fingerprint: .init(size: 1, modified: 1))
  }

  /// Copies files.
  @Sendable public static func copyFiles(_ folder: String, to other: String) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      try FileManager.default.copyItem(atPath: "\(folder)/\(name)", toPath: "\(other)/\(name)")
    }
  }

  /// What `body` fails with, when it does.
  private func failure(_ body: () throws -> Void) throws -> CatchmentError? {
    do { try body() } catch let error as CatchmentError { return error }
    return nil
  }

  private func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
    if !holds { throw TestFailure(message()) }
  }

  /// Files, a home and a destination of their own.
  private struct Bed {
    let files: TemporaryDirectory
    let pipeline: Pipeline.Complete
    private let contract: DestinationContract
    private let table: String
    private let homeDirectory: TemporaryDirectory
    private let folderDirectory: TemporaryDirectory

    init(_ contract: DestinationContract, _ mode: LoadMode, table: String = "t") throws {
      self.contract = contract
      self.table = table
      files = try TemporaryDirectory()
      homeDirectory = try TemporaryDirectory()
      folderDirectory = try TemporaryDirectory()
      pipeline = Pipeline("contract").extract(QueryFiles(files.path))
        .load(AnyDestination(contract.make(folderDirectory.path, table, mode)))
    }

    var home: Home { Home(homeDirectory.path) }
    var folder: String { folderDirectory.path }

    func run() async throws -> PipelineReport {
      let report = try await pipeline.run(in: home, options: .init(memory: 256 << 20, threads: 1))
      guard report.run.isConserved, report.notes.isEmpty else {
        throw TestFailure("a run does not add up: \(report)")
      }
      return report
    }

    func contents() throws -> [String] { try contract.rows(folder, table).sorted() }
  }
}

/// A destination whose type the contract need not know.
private struct AnyDestination: Destination {
  private let base: any Destination

  init(_ base: any Destination) { self.base = base }

  var name: String { base.name }
  var location: String { base.location }
  var mode: LoadMode { base.mode }

  func look(
    for pipeline: String, loading rows: Relation?, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState {
    try base.look(for: pipeline, loading: rows, in: bench)
  }

  func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    try base.open(for: pipeline, in: bench)
  }
}

/// Files that hold a query each: their rows are what the query gives.
private struct QueryFiles: TableSource {
  private let folder: String
  var name: String { "query" }

  init(_ folder: String) { self.folder = folder }

  func discover() throws(CatchmentError) -> Discovery {
    var walk = FileWalk { $0.hasSuffix(".sql") }
    walk.visit(root: folder)
    return walk.discovery(for: name)
  }

  func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let query: String
    do { query = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw CatchmentError(.sourceUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
    return Extracted(try bench.table(DestinationContract.rows(query)))
  }
}
