internal import Synchronization

/// Holds something that a function of the engine needs while a query runs: functions stay registered, and
/// what they need goes when the query has ended.
final class Shelf<Held: Sendable>: Sendable {
  private let value = Mutex<Held?>(nil)

  init() {}

  var held: Held? { value.withLock { $0 } }
  func put(_ held: Held) { value.withLock { $0 = held } }
  func clear() { value.withLock { $0 = nil } }
}
