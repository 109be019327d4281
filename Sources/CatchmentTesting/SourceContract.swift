public import Catchment
internal import CatchmentEngine

/// What every source must keep, whatever it reads.
///
/// A new source gets its tests by an adapter: its own small files, as they grow in steps.
///
/// ```swift
/// @Test func `keeps the source contract`() async throws {
///   try await SourceContract(source: MySource(), steps: [["a.jsonl": first], ["a.jsonl": more]])
///     .check()
/// }
/// ```
public struct SourceContract: Sendable {
  private let source: any Source
  /// The files as they are after each step: a name and its whole text.
  private let steps: [[String: String]]
  private let onlyGrows: Bool

  /// - Parameter onlyGrows: whether the files only grow. What a file that is written anew no longer
  ///   has is kept, and so one import of the files as they are in the end gives other rows.
  public init(source: any Source, steps: [[String: String]], onlyGrows: Bool = true) {
    self.source = source
    self.steps = steps
    self.onlyGrows = onlyGrows
  }

  /// Throws a `TestFailure` that names the broken promise.
  public func check() async throws {
    let files = try TemporaryDirectory()
    let home = try TemporaryDirectory()
    var states = [try checksums(home)]
    var runs: [String] = []
    for (number, step) in steps.enumerated() {
      for (name, text) in step { try files.write(text, to: name) }
      let report = try await importOnce(home, files)
      try expect(report.records.isConserved, "step \(number) does not add up: \(report.records)")
      states.append(try checksums(home))
      runs.append(report.runID)
      try await checkRepeat(home, files, states[states.count - 1], number)
    }
    if onlyGrows { try await checkWhole(files, states[states.count - 1]) }
    try await checkRebuild(home, states[states.count - 1])
    try checkRollback(home, runs, states)
    _ = try await importOnce(home, files)
    guard onlyGrows else { return }
    try expectSame(
      try checksums(home), states[states.count - 1], "importing again after all was rolled back")
  }

  private func checkRepeat(
    _ home: TemporaryDirectory, _ files: TemporaryDirectory, _ state: Checksums, _ number: Int
  ) async throws {
    let report = try await importOnce(home, files)
    try expect(report.records.read == 0, "step \(number): an unchanged source was read again")
    try expect(
      report.unitsSkipped == report.unitsPlanned, "step \(number): an unchanged unit was planned")
    try expectSame(try checksums(home), state, "step \(number) imported twice")
  }

  private func checkWhole(_ files: TemporaryDirectory, _ state: Checksums) async throws {
    let fresh = try TemporaryDirectory()
    _ = try await importOnce(fresh, files)
    try expectSame(try checksums(fresh), state, "importing all at once instead of in steps")
  }

  private func checkRebuild(_ home: TemporaryDirectory, _ state: Checksums) async throws {
    _ = try await Rebuild(home: Home(home.path), sources: [source]).run()
    try expectSame(try checksums(home), state, "rebuilding from the raw store")
  }

  /// Undoes the runs, the last first, in a home of their own: a rebuilt one has but one run.
  private func checkRollback(
    _ home: TemporaryDirectory, _ runs: [String], _ states: [Checksums]
  ) throws {
    _ = try Rollback(home: Home(home.path), sources: [source]).run("last", cascade: true)
    try expectSame(try checksums(home), states[0], "rolling back the only run")
  }

  private func importOnce(
    _ home: TemporaryDirectory, _ files: TemporaryDirectory
  ) async throws -> ImportReport {
    try await Importer(home: Home(home.path), sources: [source]).run([files.path])
  }

  private func checksums(_ home: TemporaryDirectory) throws -> Checksums {
    try Checksums(of: Home(home.path), sources: [source])
  }

  private func expect(_ holds: Bool, _ message: @autoclosure () -> String) throws {
    if !holds { throw TestFailure(message()) }
  }

  private func expectSame(_ a: Checksums, _ b: Checksums, _ what: String) throws {
    let differences = a.differences(from: b)
    try expect(
      differences.isEmpty,
      "\(what) gives other rows in \(differences.joined(separator: ", ")):\n\(a)\nnot\n\(b)")
  }
}
