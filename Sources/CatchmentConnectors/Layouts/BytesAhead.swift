internal import Catchment

extension ReadAhead<[UInt8]> {
  private static var piece: Int { 1 << 20 }

  /// Bytes in pieces of up to 1 MiB.
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
