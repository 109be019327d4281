/// Writes Thrift's compact protocol, the encoding of Parquet's headers and footer.
///
/// Only what those need: structs, lists, integers and byte strings.
/// Source: Apache Thrift, "Thrift Compact protocol encoding".
struct ThriftCompact {
  private(set) var bytes: [UInt8] = []
  private var lastField: [Int16] = [0]

  private enum FieldType: UInt8 {
    case int32 = 5
    case int64 = 6
    case binary = 8
    case list = 9
    case structure = 12
  }

  mutating func field(_ id: Int16, int32 value: Int32) {
    header(id, .int32)
    varint(zigzag(Int64(value)))
  }

  mutating func field(_ id: Int16, int64 value: Int64) {
    header(id, .int64)
    varint(zigzag(value))
  }

  mutating func field(_ id: Int16, string value: String) {
    field(id, binary: Array(value.utf8))
  }

  mutating func field(_ id: Int16, binary value: [UInt8]) {
    header(id, .binary)
    element(binary: value)
  }

  /// A boolean's value is part of its field's type.
  mutating func field(_ id: Int16, boolean value: Bool) {
    rawHeader(id, value ? 1 : 2)
  }

  mutating func field(_ id: Int16, structure body: (inout ThriftCompact) -> Void) {
    header(id, .structure)
    structure(body)
  }

  mutating func field<T>(
    _ id: Int16, structures items: [T], _ body: (inout ThriftCompact, T) -> Void
  ) {
    listHeader(id, count: items.count, .structure)
    for item in items { structure { body(&$0, item) } }
  }

  mutating func field(_ id: Int16, int32s items: [Int32]) {
    listHeader(id, count: items.count, .int32)
    for item in items { varint(zigzag(Int64(item))) }
  }

  mutating func field(_ id: Int16, strings items: [String]) {
    listHeader(id, count: items.count, .binary)
    for item in items { element(binary: Array(item.utf8)) }
  }

  /// A struct's fields between its start and its stop byte.
  mutating func structure(_ body: (inout ThriftCompact) -> Void) {
    lastField.append(0)
    body(&self)
    lastField.removeLast()
    bytes.append(0)
  }

  private mutating func listHeader(_ id: Int16, count: Int, _ type: FieldType) {
    header(id, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | type.rawValue)
    } else {
      bytes.append(0xF0 | type.rawValue)
      varint(UInt64(count))
    }
  }

  private mutating func element(binary value: [UInt8]) {
    varint(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  private mutating func header(_ id: Int16, _ type: FieldType) {
    rawHeader(id, type.rawValue)
  }

  private mutating func rawHeader(_ id: Int16, _ type: UInt8) {
    let last = lastField[lastField.count - 1]
    if id > last, id - last < 16 {
      bytes.append(UInt8(id - last) << 4 | type)
    } else {
      bytes.append(type)
      varint(zigzag(Int64(id)))
    }
    lastField[lastField.count - 1] = id
  }

  private func zigzag(_ value: Int64) -> UInt64 {
    UInt64(bitPattern: value << 1 ^ value >> 63)
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
