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
  func firstRange(of text: StaticString) -> Range<Int>? {
    let length = text.utf8CodeUnitCount
    var start = startIndex
    while start + length <= endIndex,
      let found = self[start...].firstIndex(of: text.utf8Start.pointee)
    {
      let rest = UnsafeRawBufferPointer(rebasing: self[found...])
      if rest.starts(with: text) { return found..<found + length }
      start = found + 1
    }
    return nil
  }

  /// The number written after a text, where that is first found.
  func number(after text: StaticString) -> Double? {
    guard let place = firstRange(of: text) else { return nil }
    let digits = self[place.upperBound...].prefix { byte in
      byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte)
    }
    return Double(String(decoding: digits, as: UTF8.self))
  }
}
