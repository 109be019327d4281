internal import Catchment
@preconcurrency internal import Dispatch

/// Brings events to their receivers while the run goes on: to each in the order in which they happen.
///
/// It has a queue of its own: the workers hold the task pool's threads. A run is never worth less than
/// the word of it: what cannot be brought in time is given up, and told at the end.
final class Courier: Sendable {
  /// How long a receiver is given for an event, in seconds, and how often it is tried meanwhile.
  struct Patience: Sendable {
    var seconds = 10.0
    var retry = RetryPolicy(tries: 3, base: 0.5, longest: 4)
  }

  private struct Round: Sendable {
    let kinds: [RunEvent.Kind]
    let events: AsyncStream<RunEvent>.Continuation
    let failures: Task<[Undelivered], Never>
  }

  private let rounds: [Round]

  /// Ends with `finish`.
  init(_ receivers: [Receiver], _ patience: Patience = Patience()) {
    let executor = QueueExecutor(label: "catchment.notify")
    rounds = receivers.map { receiver in
      let (stream, events) = AsyncStream.makeStream(of: RunEvent.self)
      // Not a part of the run's task: that it is cancelled is one of the things to tell.
      let failures = Task.detached(executorPreference: executor) {
        var failures: [Undelivered] = []
        for await event in stream {
          let error = await patience.bring(event, to: receiver.notifier, on: executor)
          if let error { failures.append(Undelivered(event, to: receiver.notifier.place, error)) }
        }
        return failures
      }
      return Round(kinds: receiver.kinds, events: events, failures: failures)
    }
  }

  /// Takes an event for those who want to know it, and waits for nothing.
  func post(_ event: RunEvent) {
    for round in rounds where round.kinds.contains(event.kind) { round.events.yield(event) }
  }

  /// Waits until everything is brought or given up; nothing can be posted after it.
  func finish() async -> [Undelivered] {
    for round in rounds { round.events.finish() }
    var failures: [Undelivered] = []
    for round in rounds { failures += await round.failures.value }
    return failures
  }
}

extension Courier.Patience {
  /// The result is why it could not be brought.
  fileprivate func bring(
    _ event: RunEvent, to notifier: any Notifier, on executor: QueueExecutor
  ) async -> CatchmentError? {
    let late = CatchmentError(
      .destinationUnavailable, "it did not take the message within \(Int(seconds)) seconds")
    return await Deadline<CatchmentError?>().value(
      of: { await self.tryToBring(event, to: notifier) }, within: seconds, else: late, on: executor)
  }

  private func tryToBring(
    _ event: RunEvent, to notifier: any Notifier
  ) async -> CatchmentError? {
    var failures = 0
    while true {
      do throws(CatchmentError) {
        try await notifier.send(event)
        return nil
      } catch {
        failures += 1
        guard error.isTransient, failures < retry.tries else { return error }
        do { try await Task.sleep(for: .seconds(retry.pause(after: failures))) } catch {
          return .interrupted
        }
      }
    }
  }
}
