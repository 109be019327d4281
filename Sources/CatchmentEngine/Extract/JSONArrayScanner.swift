/// Finds the elements of a JSON array without parsing them, so that an array of any size is taken
/// one element at a time.
///
/// Only brackets and strings are looked at; whether an element is JSON, its parser tells. What comes
/// after the array, or is left of one that was cut short, is one more element, so that no byte goes
/// unseen. Bytes that are no array are one element.
struct JSONArrayScanner {
  private let bytes: UnsafeRawBufferPointer
  private let end: Int
  private var position: Int
  private var isInside: Bool

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    let content = bytes.trimmed(0..<bytes.count)
    end = content.upperBound
    isInside = !content.isEmpty && bytes[content.lowerBound] == UInt8(ascii: "[")
    position = isInside ? content.lowerBound + 1 : content.lowerBound
  }

  /// The place of the next element, without the white space around it.
  mutating func next() -> Range<Int>? {
    while position < end {
      let start = position
      guard isInside else {
        position = end
        return bytes.trimmed(start..<end).nonEmpty
      }
      let stop = endOfElement(from: start)
      position = stop + 1
      if stop < end, bytes[stop] == UInt8(ascii: "]") { isInside = false }
      if let element = bytes.trimmed(start..<min(stop, end)).nonEmpty { return element }
    }
    return nil
  }

  /// Where the comma or the bracket is that ends the element, or the end of the bytes.
  private func endOfElement(from start: Int) -> Int {
    var depth = 0
    var place = start
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""): place = endOfString(from: place)
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "]"):
        if depth <= 0 { return place }
        depth -= 1
      case UInt8(ascii: ","):
        if depth <= 0 { return place }
      default: break
      }
      place += 1
    }
    return end
  }

  /// Where the quotation mark is that ends a string.
  private func endOfString(from start: Int) -> Int {
    var place = start + 1
    while place < end, bytes[place] != UInt8(ascii: "\"") {
      place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    return place
  }
}

extension Range<Int> {
  fileprivate var nonEmpty: Range<Int>? { isEmpty ? nil : self }
}
