import Glibc
import Synchronization

/// Interrupts a connection again and again, from when a task is cancelled until its query ends.
///
/// Once is not enough: DuckDB forgets an interruption that comes just before a query begins.
final class CancellationWatch: Sendable {
  private let slot: HandleSlot
  private let isDone = Mutex(false)

  init(_ slot: HandleSlot) { self.slot = slot }

  /// From now on nothing is interrupted: the connection's next query is another matter.
  func finish() { isDone.withLock { $0 = true } }

  func cancel() {
    Thread.detach { [self] in
      while interrupt() { usleep(5_000) }
    }
  }

  /// Interrupts, unless the query is done; whether to go on.
  private func interrupt() -> Bool {
    isDone.withLock { done in
      if !done { Interrupter(slot: slot).interrupt() }
      return !done
    }
  }
}

/// A thread of the system's, for work that blocks.
enum Thread {
  static func detach(_ work: @escaping @Sendable () -> Void) {
    let context = Unmanaged.passRetained(Work(body: work)).toOpaque()
    var thread = pthread_t()
    let failure = pthread_create(&thread, nil, run, context)
    precondition(failure == 0, "The system has no thread left.")
    pthread_detach(thread)
  }

  private final class Work {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
  }

  private static let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    context in
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
  }
}
