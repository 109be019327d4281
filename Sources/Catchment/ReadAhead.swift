internal import Catchment
@preconcurrency internal import Dispatch
internal import Foundation
internal import Synchronization

/// Makes items on a thread of its own while another uses those that came before.
///
/// A few wait at most; the thread ends when this is forgotten.
final class ReadAhead<Item: Sendable>: Sendable {
  /// Makes the next item; nil after the last.
  typealias Making = () throws(CatchmentError) -> Item?

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

    func take() -> Next {
      filled.wait()
      return items.withLock { $0.removeFirst() }
    }
  }

  private let queue = Queue()
  private let ending = Mutex<Next?>(nil)

  /// - Parameters:
  ///   - waiting: how many items wait at most.
  ///   - open: makes what makes them, on the thread that does.
  init(waiting: Int, _ open: @escaping @Sendable () throws(CatchmentError) -> Making) {
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
  /// One thread asks.
  func next() throws(CatchmentError) -> Item? {
    let last = ending.withLock { $0 }
    switch last ?? queue.take() {
    case .item(let item):
      queue.free.signal()
      return item
    case .end(let failure):
      ending.withLock { $0 = .end(failure) }
      if let failure { throw failure }
      return nil
    }
  }
}

extension ReadAhead<[UInt8]> {
  private static var piece: Int { 4 << 20 }

  /// Bytes in pieces of up to 4 MiB.
  convenience init(
    waiting: Int, bytes open: @escaping @Sendable () throws(CatchmentError) -> ByteReading
  ) {
    self.init(waiting: waiting) { () throws(CatchmentError) in
      let reading = try open()
      return { () throws(CatchmentError) in try Self.piece(of: reading) }
    }
  }

  /// Reads until the piece is full: the less of them, the less is left over at their ends.
  private static func piece(of reading: ByteReading) throws(CatchmentError) -> [UInt8]? {
    var failure: CatchmentError?
    let bytes = [UInt8](unsafeUninitializedCapacity: piece) { buffer, filled in
      let memory = UnsafeMutableRawBufferPointer(buffer)
      do throws(CatchmentError) {
        while filled < memory.count {
          let count = try reading(UnsafeMutableRawBufferPointer(rebasing: memory[filled...]))
          if count == 0 { return }
          filled += count
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes.isEmpty ? nil : bytes
  }

  /// A reader of the bytes, for one thread.
  func reading() -> ByteReading {
    var (piece, used): ([UInt8], Int) = ([], 0)
    return { [self] (buffer) throws(CatchmentError) in
      if used == piece.count { (piece, used) = (try next() ?? [], 0) }
      let count = min(piece.count - used, buffer.count)
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
