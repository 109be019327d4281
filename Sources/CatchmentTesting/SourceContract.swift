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
    let slicedHome = try TemporaryDirectory()
    var states = [try checksums(home)]
    for (number, step) in steps.enumerated() {
      for (name, text) in step { try files.write(text, to: name) }
      let report = try await importOnce(home, files)
      try expect(report.records.isConserved, "step \(number) does not add up: \(report.records)")
      states.append(try checksums(home))
      try await checkRepeat(home, files, states[states.count - 1], number)
      let sliced = try await importOnce(slicedHome, files, Self.slices)
      try expect(sliced.records == report.records, "step \(number) in slices: \(sliced.records)")
      try expectSame(
        try checksums(slicedHome), states[states.count - 1], "step \(number) in slices")
    }
    if onlyGrows {
      try await checkWhole(files, states[states.count - 1])
      try await checkWhole(files, states[states.count - 1], Self.slices)
    }
    try checkSteps(back: slicedHome, states)
    try await checkRebuild(home, states[states.count - 1])
    try await checkRebuild(home, states[states.count - 1], Self.slices)
    try checkRollback(home, states)
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

  /// Each record by itself, wherever the source allows it: every unit is a large one then.
  private static let slices = {
    var options = Importer.Options()
    options.sliceSize = 1
    return options
  }()

  private func checkWhole(
    _ files: TemporaryDirectory, _ state: Checksums, _ options: Importer.Options = .init()
  ) async throws {
    let fresh = try TemporaryDirectory()
    _ = try await importOnce(fresh, files, options)
    try expectSame(try checksums(fresh), state, "importing all at once instead of in steps")
  }

  private func checkRebuild(
    _ home: TemporaryDirectory, _ state: Checksums, _ options: Importer.Options = .init()
  ) async throws {
    _ = try await Rebuild(home: Home(home.path), sources: [source], options: options).run()
    try expectSame(try checksums(home), state, "rebuilding from the raw store")
  }

  /// Undoes each step's run, the last first.
  private func checkSteps(back home: TemporaryDirectory, _ states: [Checksums]) throws {
    for number in states.indices.dropLast().reversed() {
      _ = try Rollback(home: Home(home.path), sources: [source]).run("last")
      try expectSame(try checksums(home), states[number], "rolling back step \(number)")
    }
  }

  /// Undoes the only run that a home has after a rebuild.
  private func checkRollback(_ home: TemporaryDirectory, _ states: [Checksums]) throws {
    _ = try Rollback(home: Home(home.path), sources: [source]).run("last", cascade: true)
    try expectSame(try checksums(home), states[0], "rolling back the only run")
  }

  private func importOnce(
    _ home: TemporaryDirectory, _ files: TemporaryDirectory, _ options: Importer.Options = .init()
  ) async throws -> ImportReport {
    try await Importer(home: Home(home.path), sources: [source], options: options)
      .run([files.path])
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
