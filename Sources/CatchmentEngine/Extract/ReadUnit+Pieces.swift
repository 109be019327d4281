internal import Catchment

extension ReadUnit {
  /// Hands out the records in their order, some megabytes at a time, and gives back their memory in
  /// between.
  func inPieces(
    of size: Int, _ body: (UnitContent) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var piece = content
    var start = 0
    while start < content.records.count {
      guard !Task.isCancelled else { throw .interrupted }
      let end = endOfPiece(from: start, of: size)
      piece.records = ContiguousArray(content.records[start..<end])
      try body(piece)
      region.forget()
      start = end
    }
  }

  /// One record at least.
  private func endOfPiece(from start: Int, of size: Int) -> Int {
    var end = start
    var bytes = 0
    repeat {
      bytes += content.records[end].length
      end += 1
    } while end < content.records.count && bytes + content.records[end].length <= size
    return end
  }
}

extension SpillFile {
  /// Appends the bytes of a unit, and gives back their memory meanwhile.
  mutating func append(contentsOf unit: ReadUnit) throws(CatchmentError) {
    let bytes = unit.content.region
    for start in stride(from: 0, to: bytes.count, by: 16 << 20) {
      let end = min(start + 16 << 20, bytes.count)
      try append(UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
      unit.region.forget()
    }
  }
}
