internal import Catchment

/// Which of some pipelines are to be begun, and which never will.
struct PipelineSchedule {
  private let members: [PipelineGroup.Member]
  private let most: Int
  private var running: Set<Int> = []
  /// Those that failed and wait for their next attempt.
  private var resting: Set<Int> = []
  private(set) var outcomes: [PipelineGroup.Outcome?]
  private(set) var isInterrupted = false

  init(_ members: [PipelineGroup.Member], most: Int) {
    self.members = members
    self.most = most
    outcomes = members.map { _ in nil }
  }

  /// Whether those that need it may run; nil until that is known.
  private func mayFollow(_ name: String) -> Bool? {
    guard let place = members.firstIndex(where: { $0.pipeline.name == name }),
      let outcome = outcomes[place]
    else { return nil }
    return switch outcome {
    case .ran: true
    case .failed, .skipped: members[place].pipeline.onFailure == .continue
    }
  }

  /// Those that need what did not run; each stands behind what it needs, so one pass finds all.
  mutating func skip() -> [(Int, PipelineGroup.Outcome)] {
    var skipped: [(Int, PipelineGroup.Outcome)] = []
    for (place, member) in members.enumerated() where outcomes[place] == nil {
      let missing = member.needs.filter { mayFollow($0) == false }
      guard !missing.isEmpty, !isInterrupted else { continue }
      let outcome = PipelineGroup.Outcome.skipped(needs: missing)
      outcomes[place] = outcome
      skipped.append((place, outcome))
    }
    return skipped
  }

  /// Those that can begin now, in their order.
  mutating func start() -> [Int] {
    var started: [Int] = []
    var taken = running.reduce(into: Set<String>()) { $0.formUnion(members[$1].places) }
    for (place, member) in members.enumerated() {
      guard running.count < most, !isInterrupted, outcomes[place] == nil,
        !running.contains(place), !resting.contains(place),
        member.needs.allSatisfy({ mayFollow($0) == true }),
        taken.isDisjoint(with: member.places)
      else { continue }
      taken.formUnion(member.places)
      running.insert(place)
      started.append(place)
    }
    return started
  }

  mutating func end(_ place: Int, _ outcome: PipelineGroup.Outcome) {
    running.remove(place)
    resting.remove(place)
    outcomes[place] = outcome
    if case .failed(let failure) = outcome, failure.error.code == .interrupted {
      isInterrupted = true
    }
  }

  /// It is to run again, though not yet; meanwhile others have its place.
  mutating func rest(_ place: Int) {
    running.remove(place)
    resting.insert(place)
  }

  /// It may run again.
  mutating func wake(_ place: Int) { resting.remove(place) }
}
