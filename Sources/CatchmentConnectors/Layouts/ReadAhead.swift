internal import Catchment
@preconcurrency internal import Dispatch
internal import Foundation
internal import Synchronization

/// Reads bytes on a thread of its own while others use those that came before.
///
/// A few pieces wait at most; the thread ends when this is forgotten.
final class ReadAhead: Sendable {
  private static let piece = 1 << 20
  private static let waiting = 4

  private enum Item: Sendable {
    case bytes([UInt8])
    case end(CatchmentError?)
  }

  private final class Queue: Sendable {
    let items = Mutex<[Item]>([])
    let isClosed = Mutex(false)
    let filled = DispatchSemaphore(value: 0)
    // A semaphore must not end below the value that it began with.
    let free = DispatchSemaphore(value: 0)

    init() { for _ in 0..<ReadAhead.waiting { free.signal() } }

    func put(_ item: Item) {
      items.withLock { $0.append(item) }
      filled.signal()
    }

    func take() -> Item {
      filled.wait()
      return items.withLock { $0.removeFirst() }
    }
  }

  private let queue = Queue()

  /// - Parameter open: makes what is read, on the thread that reads it.
  init(_ open: @escaping @Sendable () throws(CatchmentError) -> ByteReading) {
    Thread.detachNewThread { [queue] in
      do throws(CatchmentError) {
        try Self.read(open(), into: queue)
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

  private static func read(_ source: ByteReading, into queue: Queue) throws(CatchmentError) {
    while true {
      queue.free.wait()
      if queue.isClosed.withLock({ $0 }) { return }
      var failure: CatchmentError?
      let bytes = [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
        do throws(CatchmentError) {
          count = try source(UnsafeMutableRawBufferPointer(buffer))
        } catch {
          failure = error
        }
      }
      if let failure { throw failure }
      if bytes.isEmpty { return }
      queue.put(.bytes(bytes))
    }
  }

  /// A reader of the bytes, for one thread.
  func reading() -> ByteReading {
    var (piece, used): ([UInt8], Int) = ([], 0)
    var isAtEnd = false
    return { [self] (buffer) throws(CatchmentError) in
      if used == piece.count, !isAtEnd {
        switch queue.take() {
        case .bytes(let next):
          (piece, used) = (next, 0)
          queue.free.signal()
        case .end(let failure):
          isAtEnd = true
          if let failure { throw failure }
        }
      }
      let count = isAtEnd ? 0 : min(piece.count - used, buffer.count)
      guard count > 0 else { return 0 }
      piece.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[used..<used + count]))
      }
      used += count
      return count
    }
  }
}

/// Writes the next bytes into a buffer; returns how many, 0 at the end.
typealias ByteReading = (UnsafeMutableRawBufferPointer) throws(CatchmentError) -> Int
