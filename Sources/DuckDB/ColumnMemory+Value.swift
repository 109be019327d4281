import CDuckDB

extension ColumnMemory {
  func store(uuid: UUIDBytes, at row: Int) {
    let number = uuid.hugeInteger
    store(duckdb_hugeint(lower: number.low, upper: number.high), at: row)
  }

  func store(text: String, at row: Int) {
    var text = text
    text.withUTF8 { store(bytes: UnsafeRawBufferPointer($0), at: row) }
  }

  /// A whole number in whatever width the column has.
  func store(number: Int128, at row: Int) throws(DuckDBError) {
    switch numbers {
    case .float: store(Float(number), at: row)
    case .double: store(Double(number), at: row)
    case .hugeint where type == .uuid: throw mismatch("a number")
    case .hugeint where type == .uhugeint && number < 0: throw outOfRange
    default: try store(integer: number, numbers, at: row)
    }
  }

  private func store(integer: Int128, _ storage: Storage, at row: Int) throws(DuckDBError) {
    switch storage {
    case .int8: try store(exact: Int8(exactly: integer), at: row)
    case .int16: try store(exact: Int16(exactly: integer), at: row)
    case .int32: try store(exact: Int32(exactly: integer), at: row)
    case .int64: try store(exact: Int64(exactly: integer), at: row)
    case .uint8: try store(exact: UInt8(exactly: integer), at: row)
    case .uint16: try store(exact: UInt16(exactly: integer), at: row)
    case .uint32: try store(exact: UInt32(exactly: integer), at: row)
    case .uint64: try store(exact: UInt64(exactly: integer), at: row)
    case .hugeint:
      let halves = integer.halves
      store(duckdb_hugeint(lower: halves.low, upper: halves.high), at: row)
    default: throw mismatch("a number")
    }
  }

  private func store<T: BitwiseCopyable>(exact: T?, at row: Int) throws(DuckDBError) {
    guard let exact else { throw outOfRange }
    store(exact, at: row)
  }

  /// Any value that fits the column.
  ///
  /// The row is open already.
  mutating func store(_ value: Value, at row: Int) throws(DuckDBError) {
    switch (value, storage) {
    case (.null, _): setNull(row)
    case (.boolean(let flag), .boolean): store(flag ? 1 : 0 as UInt8, at: row)
    case (.integer(let number), _): try store(number: Int128(number), at: row)
    case (.unsigned(let number), _): try store(number: Int128(number), at: row)
    case (.hugeInteger(let high, let low), _):
      try store(number: Int128(high: high, low: low), at: row)
    case (.unsignedHugeInteger(let high, let low), .hugeint) where type == .uhugeint:
      store(duckdb_uhugeint(lower: low, upper: high), at: row)
    case (.float(let number), .float): store(number, at: row)
    case (.float(let number), .double): store(Double(number), at: row)
    case (.double(let number), .double): store(number, at: row)
    case (.double(let number), .float): store(Float(number), at: row)
    case (.uuid(let uuid), .hugeint) where type == .uuid: store(uuid: uuid, at: row)
    case (.text(let text), .bytes) where type.isText: store(text: text, at: row)
    case (.blob(let bytes), .bytes) where type == .blob:
      bytes.withUnsafeBytes { store(bytes: $0, at: row) }
    case (.decimal(let digits), _): try store(decimal: digits, at: row)
    case (.enumeration(let name), _), (.text(let name), _): try store(name: name, at: row)
    default: try storeComposite(value, at: row)
    }
  }

  private mutating func storeComposite(_ value: Value, at row: Int) throws(DuckDBError) {
    switch (value, type) {
    case (.list(let values), .list): try store(list: values, at: row)
    case (.list(let values), .array(_, let count)) where values.count == count:
      for (index, value) in values.enumerated() { try storePart(0, value, at: row * count + index) }
    case (.structure(let fields), .structure(let parts))
    where fields.map(\.name) == parts.map(\.name):
      for (index, field) in fields.enumerated() { try storePart(index, field.value, at: row) }
    case (.map(let entries), .map):
      let pairs = entries.map { Value.structure([.init("key", $0.key), .init("value", $0.value)]) }
      try store(list: pairs, at: row)
    default: try storeTemporal(value, at: row)
    }
  }

  private func storeTemporal(_ value: Value, at row: Int) throws(DuckDBError) {
    switch (value, type) {
    case (.date(let days), .date): store(days, at: row)
    case (.time(let micros), .time): store(micros, at: row)
    case (.timeTZ(let micros, let offset), .timeTZ):
      store(duckdb_create_time_tz(micros, offset), at: row)
    case (.timestamp(let micros), .timestamp), (.timestampTZ(let micros), .timestampTZ):
      store(micros, at: row)
    case (.timestampNanoseconds(let nanos), .timestampNanoseconds): store(nanos, at: row)
    case (.interval(let months, let days, let micros), .interval):
      store(duckdb_interval(months: months, days: days, micros: micros), at: row)
    default: throw mismatch("this value")
    }
  }

  private mutating func store(list values: [Value], at row: Int) throws(DuckDBError) {
    let places = openList(row, count: values.count)
    for (index, value) in zip(places, values) { try storePart(0, value, at: index) }
  }

  private func storePart(_ part: Int, _ value: Value, at row: Int) throws(DuckDBError) {
    children[part].open(row)
    try children[part].store(value, at: row)
  }

  private func store(decimal digits: String, at row: Int) throws(DuckDBError) {
    guard case .decimal(let width, let scale) = type else { throw mismatch("a decimal") }
    let places = digits.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first
    let zeros = String(repeating: "0", count: max(0, scale - (places?.count ?? 0)))
    let plain = digits.filter { $0 != "." } + zeros
    guard (places?.count ?? 0) <= scale, let number = Int128(plain),
      "\(number.magnitude)".count <= width
    else { throw outOfRange }
    try store(integer: number, storage, at: row)
  }

  private func store(name: String, at row: Int) throws(DuckDBError) {
    guard case .enumeration(let names) = type else { throw mismatch("text") }
    guard let place = names.firstIndex(of: name) else {
      throw DuckDBError(.conversion, "\"\(name)\" is not a name of the enumeration.")
    }
    try store(integer: Int128(place), storage, at: row)
  }

  private var outOfRange: DuckDBError {
    DuckDBError(.conversion, "The number does not fit a column of type \(type).")
  }

  private func mismatch(_ what: String) -> DuckDBError {
    DuckDBError(.misuse, "A column of type \(type) does not take \(what).")
  }
}
