public import Catchment
internal import DuckDB

/// What a run of a pipeline would do, found out without doing it.
public struct PipelinePlan: Sendable {
  /// A unit of the source.
  public struct Unit: Sendable {
    public enum State: String, Sendable {
      /// No run has loaded it.
      case new
      /// It is not as it was when it was loaded, or all are read again.
      case changed
      /// A run would not read it.
      case unchanged
    }

    public var path: String
    /// In bytes; 0 when that is not known before it is read.
    public var size: Int64
    public var state: State
    /// Whether a run would fetch it from a server.
    public var isRemote = false
    /// How the source reads it, in words: a CSV file's delimiter, for instance.
    public var dialect: String?
    /// What a database is asked for its rows.
    public var query: String?
  }

  /// What a step does, and what it gives.
  public struct Step: Sendable {
    public var name: String
    /// What the engine is asked; `input` stands for the rows of the step before.
    public var statements: [String]
    /// Nil when they are not known before there are rows.
    public var columns: [Relation.Column]
  }

  public var name: String
  public var units: [Unit] = []
  /// What the source gives; empty when there is nothing to read.
  public var columns: [Relation.Column] = []
  public var steps: [Step] = []
  /// What becomes of the destination's columns, a line for each thing.
  public var changes: [String] = []
  /// Whether a run would be refused, because the rows have other columns than the table.
  public var isRefused = false
  public var problems: [CatchmentError] = []
}

extension PipelineTrial {
  /// The columns are those of no rows at all: a step's rows are never computed.
  func plan() async throws(CatchmentError) -> PipelinePlan {
    let discovery = try pipeline.units()
    let state = try pipeline.destination.look(for: pipeline.name, in: bench)
    let reasons = Dictionary(
      uniqueKeysWithValues: steps.plan(discovery, state.units).map { ($0.unit.id, $0.reason) })
    var plan = PipelinePlan(name: pipeline.name, problems: discovery.problems)
    guard let first = example(discovery.units, reasons) else {
      for unit in discovery.units { plan.units.append(try look(at: unit, reasons[unit.id], nil)) }
      return plan
    }
    var bounds: [UUIDBytes: CursorBound] = [:]
    for unit in discovery.units { bounds[unit.id] = try steps.bound(after: state.units[unit.id]) }
    let source = pipeline.source as? any SnapshotSource
    var queries: [UUIDBytes: String] = [:]
    for unit in discovery.units where reasons[unit.id] != nil {
      queries[unit.id] = try source?.query(for: unit, since: bounds[unit.id], in: bench)
    }
    bench.rowLimit = 1
    var report = emptyReport()
    let artifact = try await artifact(of: first, since: bounds[first.id], &report)
    for unit in discovery.units {
      var looked = try look(at: unit, reasons[unit.id], unit.id == first.id ? artifact.path : nil)
      looked.query = queries[unit.id]
      plan.units.append(looked)
    }
    let rows = try columns(of: first, at: artifact.path, &plan)
    let loading = try pipeline.destination.look(for: pipeline.name, loading: rows, in: bench)
    let change = DestinationChange(loading, pipeline.destination.mode)
    (plan.changes, plan.isRefused) = (change.lines, change.isRefused)
    return plan
  }

  private var isRemote: Bool { pipeline.source.isFetched }

  /// The unit whose columns are looked at: of those on a server the smallest that a run would fetch.
  private func example(
    _ units: [Unit], _ reasons: [UUIDBytes: PlannedUnit.Reason]
  ) -> Unit? {
    let pending = units.filter { reasons[$0.id] != nil }
    guard !isRemote else { return pending.min { $0.fingerprint.size < $1.fingerprint.size } }
    return pending.first ?? units.first
  }

  /// - Parameter path: where its bytes are; nil for where it lies, and what is packed is then not
  ///   looked into.
  private func look(
    at unit: Unit, _ reason: PlannedUnit.Reason?, _ path: String?
  ) throws(CatchmentError) -> PipelinePlan.Unit {
    let state: PipelinePlan.Unit.State =
      reason == nil ? .unchanged : reason == .new ? .new : .changed
    var plan = PipelinePlan.Unit(path: unit.path, size: unit.fingerprint.size, state: state)
    plan.isRemote = isRemote
    let isPacked = Unpacking(of: pipeline.source, into: scratch).isPacked(unit)
    if reason != nil, let path = path ?? (isPacked || isRemote ? nil : unit.path) {
      plan.dialect = try pipeline.source.dialect(of: unit, at: path, in: bench)
    }
    return plan
  }

  /// Takes no rows through the steps; a gate that wants some lets these pass.
  private func columns(
    of unit: Unit, at path: String, _ plan: inout PipelinePlan
  ) throws(CatchmentError) -> Relation {
    let extracted = try pipeline.source.read(unit, keptAt: path, in: bench)
    var rows = try bench.view("SELECT * FROM \(extracted.rows.sql) LIMIT 0")
    plan.columns = rows.columns
    for transform in pipeline.transforms {
      let mark = bench.made
      let input = rows
      do throws(CatchmentError) {
        rows = try transform.apply(to: input, in: bench).rows
      } catch  where error.code == .validation && transform.isGate {}
      let texts = bench.statements(after: mark).map { text in
        text.replacing("\(input.sql) AS input", with: "input").replacing(input.sql, with: "input")
      }
      plan.steps.append(.init(name: transform.name, statements: texts, columns: rows.columns))
    }
    return rows
  }
}
