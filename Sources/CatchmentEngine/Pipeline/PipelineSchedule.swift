internal import Catchment

/// Which of some pipelines are to be begun, and which never will.
struct PipelineSchedule {
  private let members: [PipelineGroup.Member]
  private let most: Int
  private var running: Set<Int> = []
  private(set) var outcomes: [PipelineGroup.Outcome?]
  private(set) var isInterrupted = false

  init(_ members: [PipelineGroup.Member], most: Int) {
    self.members = members
    self.most = most
    outcomes = members.map { _ in nil }
  }

  private func outcome(of name: String) -> PipelineGroup.Outcome? {
    members.firstIndex { $0.pipeline.name == name }.flatMap { outcomes[$0] }
  }

  private func hasFailed(_ name: String) -> Bool {
    switch outcome(of: name) {
    case .failed, .skipped: true
    default: false
    }
  }

  private func hasRun(_ name: String) -> Bool {
    if case .ran = outcome(of: name) { true } else { false }
  }

  /// Those that need what did not run; each stands behind what it needs, so one pass finds all.
  mutating func skip() -> [(Int, PipelineGroup.Outcome)] {
    var skipped: [(Int, PipelineGroup.Outcome)] = []
    for (place, member) in members.enumerated() where outcomes[place] == nil {
      let missing = member.needs.filter(hasFailed)
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
        !running.contains(place), member.needs.allSatisfy(hasRun),
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
    outcomes[place] = outcome
    if case .failed(let error) = outcome, error.code == .interrupted { isInterrupted = true }
  }
}
