internal import Catchment
internal import Synchronization

/// What is told of the run of some pipelines, each to its own receivers, and of all of them to those of
/// the whole.
final class RunNews: Sendable {
  private let members: [PipelineGroup.Member]
  private let couriers: [Courier]
  private let common: Courier
  private let name: String
  private let began = Clock.now()
  private let start = Clock.steady()
  private let state: Mutex<State>

  private struct State {
    /// When each began: microseconds since 1970, and on a clock that never goes back.
    var beginnings: [Int: (at: Int64, steady: Double)] = [:]
    var ends: [Int: RunEvent] = [:]
  }

  init(_ group: PipelineGroup) {
    members = group.members
    name = group.name
    couriers = group.members.map { Courier($0.pipeline.receivers, group.patience) }
    common = Courier(group.receivers, group.patience)
    state = Mutex(State())
    common.post(RunEvent(.start, of: name, began: began, at: began, on: Lease.host))
  }

  func begin(_ place: Int) {
    let now = Clock.now()
    state.withLock { $0.beginnings[place] = (now, Clock.steady()) }
    couriers[place].post(
      RunEvent(.start, of: members[place].pipeline.name, began: now, at: now, on: Lease.host))
  }

  /// - Parameter run: as far as it came, when that is not in the outcome.
  func end(_ place: Int, _ outcome: PipelineGroup.Outcome, _ run: Run?) {
    let (at, steady) =
      state.withLock { $0.beginnings[place] } ?? (Clock.now(), Clock.steady())
    var event = RunEvent(
      outcome.kind, of: members[place].pipeline.name, began: at, at: Clock.now(), on: Lease.host)
    event.seconds = Clock.steady() - steady
    event.run = run
    switch outcome {
    case .ran(let report):
      event.run = report.run
      event.unchanged = report.unitsSkipped
      event.error = report.problems.first
    case .failed(let failure): event.error = failure.error
    case .skipped(let needs):
      event.missing = needs
      event.seconds = nil
    }
    state.withLock { $0.ends[place] = event }
    couriers[place].post(event)
  }

  /// Tells what kept all that had not ended from it.
  func fail(_ error: CatchmentError) {
    let ended = state.withLock { Set($0.ends.keys) }
    for place in members.indices where !ended.contains(place) {
      end(place, .failed(PipelineFailure(error)), nil)
    }
  }

  /// Tells how the whole ended, and waits until everything is brought or given up.
  ///
  /// - Parameter error: what kept all from coming to their end.
  func finish(_ error: CatchmentError?) async -> [Undelivered] {
    common.post(whole(error))
    var failures = await common.finish()
    for courier in couriers { failures += await courier.finish() }
    return failures
  }

  private func whole(_ error: CatchmentError?) -> RunEvent {
    let ends = state.withLock { $0.ends }
    let parts = members.indices.compactMap { ends[$0] }
    let kind = error.map(RunEvent.Kind.init) ?? RunEvent.Kind(of: parts.map(\.kind))
    var event = RunEvent(kind, of: name, began: began, at: Clock.now(), on: Lease.host)
    event.seconds = Clock.steady() - start
    event.error = error
    event.parts = parts
    return event
  }
}

extension RunEvent.Kind {
  /// What became of several pipelines, of what became of each.
  init(of parts: [RunEvent.Kind]) {
    let ran = parts.filter { $0 == .success || $0 == .partial }
    self =
      if parts.contains(.brokenPromise) {
        .brokenPromise
      } else if ran.isEmpty, !parts.isEmpty {
        .failure
      } else {
        parts.allSatisfy { $0 == .success } ? .success : .partial
      }
  }
}

extension PipelineGroup.Outcome {
  fileprivate var kind: RunEvent.Kind {
    switch self {
    case .ran(let report): report.run.status == .partial ? .partial : .success
    case .failed(let failure): RunEvent.Kind(failure.error)
    case .skipped: .failure
    }
  }
}
