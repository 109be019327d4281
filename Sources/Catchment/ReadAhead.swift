@preconcurrency internal import Dispatch
internal import Foundation
internal import Synchronization

/// Makes items on a thread of its own while another uses those that came before.
///
/// A few wait at most; the thread ends when this is forgotten.
package final class ReadAhead<Item: Sendable>: Sendable {
  /// Makes the next item; nil after the last.
  package typealias Making = () throws(CatchmentError) -> Item?

  private enum Next: Sendable {
    case item(Item)
    case end(CatchmentError?)
  }

  private final class Queue: Sendable {
    let items = Mutex<[Next]>([])
    let isClosed = Mutex(false)
    let filled = DispatchSemaphore(value: 0)
    // A semaphore must not end below the value that it began with.
    let free = DispatchSemaphore(value: 0)

    func put(_ item: Next) {
      items.withLock { $0.append(item) }
      filled.signal()
    }

    /// The end stays, for the others who ask.
    func take() -> Next {
      filled.wait()
      return items.withLock { items in
        guard case .end? = items.first else { return items.removeFirst() }
        filled.signal()
        return items[0]
      }
    }
  }

  private let queue = Queue()

  /// - Parameters:
  ///   - waiting: how many items wait at most.
  ///   - open: makes what makes them, on the thread that does.
  package init(waiting: Int, _ open: @escaping @Sendable () throws(CatchmentError) -> Making) {
    for _ in 0..<waiting { queue.free.signal() }
    Thread.detachNewThread { [queue] in
      do throws(CatchmentError) {
        try Self.make(open(), into: queue)
        queue.put(.end(nil))
      } catch {
        queue.put(.end(error))
      }
    }
  }

  deinit {
    queue.isClosed.withLock { $0 = true }
    queue.free.signal()
  }

  private static func make(_ next: Making, into queue: Queue) throws(CatchmentError) {
    while true {
      queue.free.wait()
      if queue.isClosed.withLock({ $0 }) { return }
      guard let item = try next() else { return }
      queue.put(.item(item))
    }
  }

  /// The next item, once it is made; nil after the last.
  ///
  /// Several threads may ask, each of which gets others.
  package func next() throws(CatchmentError) -> Item? {
    switch queue.take() {
    case .item(let item):
      queue.free.signal()
      return item
    case .end(let failure):
      if let failure { throw failure }
      return nil
    }
  }
}
