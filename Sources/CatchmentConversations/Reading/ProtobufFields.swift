/// The fields of a message in the wire format of Protocol Buffers, as far as they can be read.
struct ProtobufFields: Sequence, IteratorProtocol {
  enum Value {
    case number(UInt64)
    /// A text, bytes or another message.
    case bytes(UnsafeRawBufferPointer)
  }

  private var rest: UnsafeRawBufferPointer.SubSequence

  init(_ message: UnsafeRawBufferPointer) { rest = message[...] }

  /// The next field that is a number or bytes, with its number in the message.
  mutating func next() -> (field: UInt64, value: Value)? {
    while let key = takeNumber() {
      switch key & 7 {
      case 0:
        guard let number = takeNumber() else { return nil }
        return (key >> 3, .number(number))
      case 2:
        guard let count = takeNumber(), let bytes = take(count) else { return nil }
        return (key >> 3, .bytes(bytes))
      case 1: guard take(8) != nil else { return nil }
      case 5: guard take(4) != nil else { return nil }
      default: return nil
      }
    }
    return nil
  }

  /// Seven bits a byte, the lowest first.
  private mutating func takeNumber() -> UInt64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return number }
    }
    return nil
  }

  private mutating func take(_ count: UInt64) -> UnsafeRawBufferPointer? {
    guard count <= rest.count else { return nil }
    let bytes = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count)))
    rest = rest.dropFirst(Int(count))
    return bytes
  }
}
