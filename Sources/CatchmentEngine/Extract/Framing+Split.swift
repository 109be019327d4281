internal import Catchment
internal import JSONTape

extension Framing {
  /// Cuts a part of some bytes into records, each hashed; tells whether the last one may be half
  /// written.
  ///
  /// Lines and elements are counted on from the records there are. `region` holds the bytes, and
  /// forgets what has been passed.
  func split(
    _ part: Range<Int>, of bytes: UnsafeRawBufferPointer, in region: ByteRegion,
    into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) -> Bool {
    var cutter = RecordCutter(
      bytes: bytes, region: region, part: part, count: records.last?.line ?? 0)
    switch self {
    case .lines, .database: return try cutter.cutLines(into: &records)
    case .document: try cutter.cutDocument(into: &records)
    case .elements: try cutter.cutElements(into: &records)
    }
    return false
  }
}

/// Cuts a part of a region into records.
private struct RecordCutter {
  /// So many bytes are passed before their memory is given back.
  private static let stride = 16 << 20

  let bytes: UnsafeRawBufferPointer
  private let region: ByteRegion
  private var passed = 0
  let part: Range<Int>
  /// Lines or elements so far.
  var count: Int64
  private var cancellation = CancellationCheck()

  init(bytes: UnsafeRawBufferPointer, region: ByteRegion, part: Range<Int>, count: Int64) {
    self.bytes = bytes
    self.region = region
    self.part = part
    self.count = count
  }

  private var partBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[part]) }

  /// Blank lines are counted and are no records.
  mutating func cutLines(
    into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) -> Bool {
    var isOpenEnded = false
    for line in LineReader(partBytes) {
      count += 1
      guard !line.bytes.isBlank else { continue }
      isOpenEnded = !line.isTerminated
      try append(line.offset..<line.offset + line.bytes.count, to: &records)
    }
    return isOpenEnded
  }

  mutating func cutDocument(into records: inout ContiguousArray<RawRecord>) throws(CatchmentError) {
    count += 1
    try append(partBytes.trimmed(0..<part.count), to: &records)
  }

  mutating func cutElements(
    into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) {
    var scanner = JSONArrayScanner(partBytes)
    while let element = scanner.next() {
      count += 1
      try append(element, to: &records)
    }
  }

  /// Appends the record at a place in the part.
  private mutating func append(
    _ place: Range<Int>, to records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) {
    guard !place.isEmpty else { return }
    try cancellation.advance(by: place.count)
    let start = part.lowerBound + place.lowerBound
    records.append(
      RawRecord(
        position: start, length: place.count, offset: Int64(start), line: count, generation: 0,
        isNew: true,
        digest: .init(of: UnsafeRawBufferPointer(rebasing: bytes[start..<start + place.count]))))
    passed += place.count
    if passed >= Self.stride {
      region.forget()
      passed = 0
    }
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
