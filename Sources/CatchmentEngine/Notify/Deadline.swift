@preconcurrency internal import Dispatch
internal import Synchronization

/// A piece of work that is left to itself, cancelled, when it takes too long.
///
/// A task group would wait for work that does not heed its cancellation; this does not.
final class Deadline<Value: Sendable>: Sendable {
  private let waiting = Mutex<CheckedContinuation<Value, Never>?>(nil)

  func value(
    of work: @escaping @Sendable () async -> Value, within seconds: Double, else late: Value,
    on executor: QueueExecutor
  ) async -> Value {
    await withCheckedContinuation { continuation in
      waiting.withLock { $0 = continuation }
      let task = Task.detached(executorPreference: executor) { self.end(await work()) }
      executor.queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
        if self?.end(late) == true { task.cancel() }
      }
    }
  }

  /// Whether it was the first to end it.
  @discardableResult
  private func end(_ value: Value) -> Bool {
    let continuation = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    continuation?.resume(returning: value)
    return continuation != nil
  }
}

/// Runs tasks on a queue of its own, so that they need none of the pool's threads.
final class QueueExecutor: TaskExecutor {
  let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
