import CDuckDB

extension Vector {
  /// The row, boxed, whatever the column's type; lists and structures come whole.
  public func value(at row: Int) -> Value {
    if isNull(at: row) { return .null }
    switch type {
    case .boolean: return .boolean(bool(at: row))
    case .tinyint, .smallint, .integer, .bigint: return .integer(int64(at: row))
    case .utinyint, .usmallint, .uinteger, .ubigint: return .unsigned(uint64(at: row))
    case .float: return .float(load(row))
    case .double: return .double(load(row))
    case .varchar, .json: return .text(string(at: row))
    case .blob: return .blob([UInt8](bytes(row)))
    case .uuid: return .uuid(uuid(at: row))
    case .enumeration(let names): return .enumeration(names[Int(int64(at: row))])
    case .hugeint, .uhugeint, .decimal, .bit, .bignum: return number(at: row)
    case .list, .array, .structure, .map, .union: return composite(at: row)
    default: return temporal(at: row)
    }
  }

  private func number(at row: Int) -> Value {
    switch type {
    case .hugeint:
      let number = hugeint(at: row)
      return .hugeInteger(high: number.upper, low: number.lower)
    case .uhugeint:
      let number = hugeint(at: row)
      return .unsignedHugeInteger(high: UInt64(bitPattern: number.upper), low: number.lower)
    case .decimal(let width, let scale):
      guard width > 18 else { return .decimal(Self.decimal(Int128(int64(at: row)), scale)) }
      let number = hugeint(at: row)
      return .decimal(Self.decimal(Int128(high: number.upper, low: number.lower), scale))
    case .bit: return .text(Self.bits(bytes(row)))
    default: return .text("(\(type))")
    }
  }

  private func temporal(at row: Int) -> Value {
    switch type {
    case .date: return .date(days: load(row))
    case .time: return .time(micros: load(row))
    case .timeNanoseconds: return .time(micros: (load(row) as Int64) / 1000)
    case .timeTZ: return Self.timeTZ(load(row))
    case .timestamp: return .timestamp(micros: load(row))
    case .timestampSeconds: return .timestamp(micros: Self.micros(load(row), 1_000_000))
    case .timestampMilliseconds: return .timestamp(micros: Self.micros(load(row), 1000))
    case .timestampNanoseconds: return .timestampNanoseconds(load(row))
    case .timestampTZ: return .timestampTZ(micros: load(row))
    case .interval:
      let span: duckdb_interval = load(row)
      return .interval(months: span.months, days: span.days, micros: span.micros)
    case .null: return .null
    default: return .text("(\(type))")
    }
  }

  private func composite(at row: Int) -> Value {
    switch type {
    case .list(let element):
      let elements = listElements(element)
      return .list(listEntry(at: row).map { elements.value(at: $0) })
    case .array(let element, let count):
      let elements = arrayElements(element)
      return .list((row * count..<(row + 1) * count).map { elements.value(at: $0) })
    case .structure(let fields):
      return .structure(
        fields.indices.map { index in
          let field = fields[index]
          return Value.Field(field.name, part(index, field.type).value(at: row))
        })
    case .map(let key, let value): return map(at: row, key, value)
    case .union(let fields):
      // The first part is the tag: which of the others counts.
      let tag = Int(part(0, .utinyint).int64(at: row))
      return part(tag + 1, fields[tag].type).value(at: row)
    default: return .null
    }
  }

  /// A map is a list of structures of a key and a value.
  private func map(at row: Int, _ key: LogicalType, _ value: LogicalType) -> Value {
    let pairs = listElements(.structure([.init("key", key), .init("value", value)]))
    let keys = pairs.part(0, key)
    let values = pairs.part(1, value)
    return .map(listEntry(at: row).map { .init(keys.value(at: $0), values.value(at: $0)) })
  }

  private static func decimal(_ number: Int128, _ scale: Int) -> String {
    var digits = "\(number.magnitude)"
    digits = String(repeating: "0", count: max(0, scale + 1 - digits.count)) + digits
    if scale > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -scale)) }
    return number < 0 ? "-" + digits : digits
  }

  /// The first byte says how many bits of the second are padding.
  private static func bits(_ bytes: UnsafeRawBufferPointer) -> String {
    let digits = bytes.dropFirst().map { byte in
      let text = String(byte, radix: 2)
      return String(repeating: "0", count: 8 - text.count) + text
    }
    return String(digits.joined().dropFirst(Int(bytes.first ?? 0)))
  }

  /// 40 bits of microseconds, then 24 of an offset that counts down from 15:59:59.
  private static func timeTZ(_ bits: UInt64) -> Value {
    let offset = 57_599 - Int32(bits & 0xFF_FFFF)
    return .timeTZ(micros: Int64(bits >> 24), offset: offset)
  }

  /// Infinity stays infinity in every unit.
  private static func micros(_ count: Int64, _ factor: Int64) -> Int64 {
    if count == .max || count == -.max { return count }
    let product = count.multipliedReportingOverflow(by: factor)
    return product.overflow ? (count < 0 ? .min : .max) : product.partialValue
  }
}
