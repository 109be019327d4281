/// Reads Thrift's compact protocol, the encoding of the headers of Parquet's pages.
///
/// Source: Apache Thrift, "Thrift Compact protocol encoding".
struct ThriftReader {
  enum Fault: Error {
    /// There are fewer bytes than are needed.
    case cutShort
    case invalid
  }

  private let bytes: [UInt8]
  private(set) var position = 0
  private var depth = 0
  /// Deeper than any header is.
  private static let mostDepth = 16

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Goes through a struct's fields; `body` takes each value, or skips it.
  mutating func fields(
    _ body: (_ id: Int, _ type: UInt8, inout ThriftReader) throws(Fault) -> Void
  ) throws(Fault) {
    depth += 1
    guard depth <= Self.mostDepth else { throw .invalid }
    var id = 0
    while true {
      let head = try byte()
      guard head != 0 else { break }
      let delta = Int(head >> 4)
      id = delta == 0 ? Int(truncatingIfNeeded: try integer()) : id + delta
      try body(id, head & 0x0F, &self)
    }
    depth -= 1
  }

  /// A whole number, in zigzag form.
  mutating func integer() throws(Fault) -> Int64 {
    let raw = try unsigned()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  mutating func skip(_ type: UInt8) throws(Fault) {
    switch type {
    // A boolean's value is part of its type.
    case 1, 2: break
    case 3: try advance(by: 1)
    case 4, 5, 6: _ = try unsigned()
    case 7: try advance(by: 8)
    case 8: try advance(by: unsigned())
    case 9, 10: try skipList()
    case 12:
      try fields { (_, type, reader) throws(Fault) in try reader.skip(type) }
    default: throw .invalid
    }
  }

  private mutating func skipList() throws(Fault) {
    let head = try byte()
    let count = head >> 4 == 15 ? try unsigned() : UInt64(head >> 4)
    let type = head & 0x0F
    // In a list a boolean is a byte, and every element takes one at least.
    guard count <= UInt64(bytes.count - position) else { throw .cutShort }
    for _ in 0..<count { try skip(type == 1 || type == 2 ? 3 : type) }
  }

  private mutating func unsigned() throws(Fault) -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      let next = try byte()
      result |= UInt64(next & 0x7F) << UInt64(shift)
      if next < 0x80 { return result }
    }
    throw .invalid
  }

  private mutating func byte() throws(Fault) -> UInt8 {
    guard position < bytes.count else { throw .cutShort }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func advance(by count: UInt64) throws(Fault) {
    guard count <= UInt64(bytes.count - position) else { throw .cutShort }
    position += Int(count)
  }
}
