public import Catchment
internal import DuckDB

/// What a run of a pipeline did.
public struct PipelineReport: Sendable {
  /// What a step did, with its name.
  public struct Step: Sendable, Equatable {
    /// As `Transform.name` has it: `filter`.
    public var name: String
    /// Over all units of the run.
    public var counts: StepCounts
    /// What the step found out about its rows.
    public var measures: [StepMeasure] = []
  }

  /// A record that could not be taken, where it is and why.
  public struct Letter: Sendable, Equatable {
    /// The unit's path; nil of a step that was given the rows of several.
    public var path: String?
    /// Nil where there are no lines.
    public var line: Int?
    /// Nil of a record that could not be read.
    public var step: String?
    public var code: String
    public var message: String
  }

  /// The run as it is listed, with the counts of what is committed.
  public var run: Run
  /// One for each transform, in order; several units are added up.
  public var steps: [Step]
  /// Units that the source found, those that are skipped among them.
  public var unitsPlanned = 0
  /// Units that are as they were when they were loaded.
  public var unitsSkipped = 0
  /// Bytes that came from servers; those that were there already are not among them.
  public var bytesFetched: Int64 = 0
  /// What was found out of order at the start, and put right.
  public var notes: [String] = []
  /// How many rows a run would load, of one that was only tried; nil of a real one.
  public var toLoad: Int?
  /// Places that could not be read; the rest is unharmed.
  public var problems: [CatchmentError] = []
  /// The settings that it was given by tuning, and why; nil when it was not tuned.
  public var tuning: TuningDecision?
  /// From beginning to read a unit until its rows are committed, on average, in seconds.
  public var latency: Double { commitLatency.mean }
  var commitLatency = CommitLatency()
  /// The first records that could not be taken; the destination keeps all.
  public private(set) var deadLetters: [Letter] = []
  private static let mostLetters = 20
  /// How many more of them are told.
  var roomForLetters: Int { Self.mostLetters - deadLetters.count }
  /// All runs that were made of it, this one as the last.
  public var attempts: [PipelineAttempt] = []
  /// From the beginning to the report, on a clock that never goes back.
  public var seconds = 0.0

  init(run: Run, steps: [String]) {
    self.run = run
    self.steps = steps.map { Step(name: $0, counts: StepCounts(read: 0, passed: 0)) }
  }

  /// Notes records of a unit that could not be read.
  mutating func add(_ letters: [DeadLetter], of unit: Unit) {
    deadLetters += letters.prefix(roomForLetters).map { letter in
      Letter(
        path: unit.path, line: letter.line > 0 ? letter.line : nil, code: letter.code,
        message: letter.message)
    }
  }

  /// Notes rows that a step could not take.
  mutating func add(
    _ rejects: Rejects, of unit: Unit?, in bench: Workbench
  ) throws(CatchmentError) {
    guard roomForLetters > 0 else { return }
    let rows = try bench.query(
      "SELECT code, message FROM \(rejects.rows.sql) LIMIT \(roomForLetters)")
    deadLetters += rows.map { row in
      Letter(
        path: unit?.path, step: rejects.step, code: row[0].text ?? "", message: row[1].text ?? "")
    }
  }

  mutating func add(_ step: Transformed, toStep place: Int) {
    let counts = step.counts
    for measure in step.measures { steps[place].add(measure) }
    steps[place].counts.read += counts.read
    steps[place].counts.made += counts.made
    steps[place].counts.filtered += counts.filtered
    steps[place].counts.deadLettered += counts.deadLettered
    steps[place].counts.passed += counts.passed
    run.made += counts.made
    run.records.filtered += counts.filtered
    run.records.deadLettered += counts.deadLettered
  }
}

extension PipelineReport.Step {
  fileprivate mutating func add(_ measure: StepMeasure) {
    guard let place = measures.firstIndex(where: { $0.name == measure.name }) else {
      return measures.append(measure)
    }
    measures[place].sum += measure.sum
    measures[place].count += measure.count
  }
}
