import Catchment
import Synchronization
import Testing

@testable import CatchmentEngine

@Suite struct `Trying again` {
  /// The pauses that a policy took, without any time passing.
  private final class Pauses: Sendable {
    private let taken = Mutex<[Double]>([])
    var all: [Double] { taken.withLock { $0 } }
    func take(_ seconds: Double) { taken.withLock { $0.append(seconds) } }
  }

  private static let locked = CatchmentError(.locked, "held")

  private func policy(tries: Int = 3, chance: Double = 0, _ pauses: Pauses) -> RetryPolicy {
    var policy = RetryPolicy(tries: tries, base: 1, longest: 5)
    policy.wait = { pauses.take($0) }
    policy.chance = { chance }
    return policy
  }

  @Test func `pauses twice as long each time, up to a limit`() {
    let pauses = Pauses()
    #expect(throws: Self.locked) {
      try policy(tries: 6, pauses).run(while: { _ in true }) { () throws(CatchmentError) in
        throw Self.locked
      }
    }
    #expect(pauses.all == [1, 2, 4, 5, 5])
  }

  @Test func `leaves a part of each pause to chance`() {
    let pauses = Pauses()
    #expect(throws: Self.locked) {
      try policy(chance: 1, pauses).run(while: { _ in true }) { () throws(CatchmentError) in
        throw Self.locked
      }
    }
    #expect(pauses.all == [0.75, 1.5])
  }

  @Test func `ends with the first success, or with a failure that stays`() throws {
    let pauses = Pauses()
    var calls = 0
    let result = try policy(pauses).run(while: { $0.code == .locked }) {
      () throws(CatchmentError) in
      calls += 1
      if calls < 3 { throw Self.locked }
      return calls
    }
    #expect(result == 3)
    #expect(throws: CatchmentError(.damaged, "broken")) {
      try policy(pauses).run(while: { $0.code == .locked }) { () throws(CatchmentError) in
        throw CatchmentError(.damaged, "broken")
      }
    }
    #expect(pauses.all == [1, 2])
  }

  @Test func `ends at once when its task is cancelled`() async {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try RetryPolicy(base: 3_600, longest: 3_600).run(while: { _ in true }) {
        () throws(CatchmentError) in
        throw Self.locked
      }
    }
    task.cancel()
    await #expect(throws: CatchmentError.interrupted) { try await task.value }
  }

  @Test func `is for what the system calls busy, not for what is forbidden`() {
    func error(_ number: Int32) -> CatchmentError {
      .system("read", "/x", code: .sourceUnavailable, number: number)
    }
    #expect(error(16).isTransient)
    #expect(!error(13).isTransient)
    #expect(!error(2).isTransient)
  }
}
