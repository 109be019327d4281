internal import Catchment

extension ReadAhead<[UInt8]> {
  private static var piece: Int { 1 << 20 }

  /// Bytes in pieces of up to 1 MiB.
  convenience init(
    waiting: Int, bytes open: @escaping @Sendable () throws(CatchmentError) -> ByteReading
  ) {
    self.init(waiting: waiting) { () throws(CatchmentError) in
      let reading = try open()
      return { () throws(CatchmentError) in
        try InputFile.piece(of: reading, size: Self.piece)
      }
    }
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
