internal import Catchment
internal import JSONTape

extension Framing {
  /// Cuts a file into records, each hashed; tells whether the last one may be half written.
  func split(
    _ bytes: UnsafeRawBufferPointer, into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) -> Bool {
    switch self {
    case .lines: return try splitLines(bytes, into: &records)
    case .document:
      append(bytes.trimmed(0..<bytes.count), bytes, number: 1, to: &records)
      return false
    case .elements:
      var cancellation = CancellationCheck()
      var scanner = JSONArrayScanner(bytes)
      var number: Int64 = 0
      while let range = scanner.next() {
        number += 1
        try cancellation.advance(by: range.count)
        append(range, bytes, number: number, to: &records)
      }
      return false
    }
  }

  /// Blank lines are no records.
  private func splitLines(
    _ bytes: UnsafeRawBufferPointer, into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) -> Bool {
    var cancellation = CancellationCheck()
    var number: Int64 = 0
    var isOpenEnded = false
    for line in LineReader(bytes) {
      number += 1
      guard !line.bytes.isBlank else { continue }
      try cancellation.advance(by: line.bytes.count)
      isOpenEnded = !line.isTerminated
      let range = line.offset..<line.offset + line.bytes.count
      append(range, bytes, number: number, to: &records)
    }
    return isOpenEnded
  }

  private func append(
    _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer, number: Int64,
    to records: inout ContiguousArray<RawRecord>
  ) {
    guard !range.isEmpty else { return }
    records.append(
      RawRecord(
        position: range.lowerBound, length: range.count, offset: Int64(range.lowerBound),
        line: number, generation: 0, isNew: true,
        digest: .init(of: UnsafeRawBufferPointer(rebasing: bytes[range]))))
  }
}

extension UnsafeRawBufferPointer {
  /// Nothing but spaces and tabs.
  var isBlank: Bool {
    guard let first else { return true }
    return first <= 0x20 && allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }

  /// A part of it without the white space, and the byte-order mark, around it.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    if start == 0, starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    while start < end, self[start].isWhiteSpace { start += 1 }
    while end > start, self[end - 1].isWhiteSpace { end -= 1 }
    return start..<end
  }
}

extension UInt8 {
  /// JSON's (RFC 8259 §2).
  var isWhiteSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
