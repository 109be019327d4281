#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension UnsafeRawBufferPointer {
  /// Whether a text is found; quick enough to be asked of whole exports.
  func contains(_ text: StaticString) -> Bool {
    guard let start = baseAddress else { return false }
    let length = text.utf8CodeUnitCount
    let first = Int32(text.utf8Start.pointee)
    var place = 0
    while place + length <= count,
      let found = memchr(start + place, first, count - place - length + 1)
    {
      if memcmp(found, text.utf8Start, length) == 0 { return true }
      place = UnsafeRawPointer(found) - start + 1
    }
    return false
  }

  /// Where a text is first found.
  ///
  /// The beginning of every file of a tree is searched for what each source writes, so eight places
  /// at a time are looked at: where a text begins, two of its bytes are in place. Those within its
  /// quotation marks, for of these a file is full.
  func firstRange(of text: StaticString) -> Range<Int>? {
    let length = text.utf8CodeUnitCount
    guard let bytes = baseAddress, length > 0 else { return nil }
    let (front, back) = length > 3 ? (1, length - 2) : (0, length - 1)
    let early = Self.repeated(text.utf8Start[front])
    let late = Self.repeated(text.utf8Start[back])
    func word(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    var place = 0
    while place + length <= count {
      if place + length + 7 <= count {
        let differences = word(place + front) ^ early | word(place + back) ^ late
        // The lowest byte that is zero has its top bit set here, whatever is above it.
        let zeros = (differences &- Self.ones) & ~differences & Self.ones << 7
        guard zeros != 0 else {
          place += 8
          continue
        }
        place += zeros.trailingZeroBitCount >> 3
      }
      if memcmp(bytes + place, text.utf8Start, length) == 0 { return place..<place + length }
      place += 1
    }
    return nil
  }

  private static let ones: UInt64 = 0x0101_0101_0101_0101

  private static func repeated(_ byte: UInt8) -> UInt64 { UInt64(byte) &* ones }

  /// The number written after a text, where that is first found.
  func number(after text: StaticString) -> Double? {
    guard let place = firstRange(of: text) else { return nil }
    let digits = self[place.upperBound...].prefix { byte in
      byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
    }
    return Double(String(decoding: digits, as: UTF8.self))
  }
}
