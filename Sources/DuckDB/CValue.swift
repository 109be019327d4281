import CDuckDB

/// A value made for DuckDB, destroyed with this object.
///
/// The handle alone keeps nothing alive, so it is lent to a closure.
final class CValue {
  private var raw: OpaquePointer?

  init(_ value: Value) throws(DuckDBError) {
    raw = try Self.make(value)
    guard raw != nil else { throw DuckDBError(.invalidInput, "DuckDB does not take this value.") }
  }

  deinit { duckdb_destroy_value(&raw) }

  /// Lends the handle.
  func with<R>(_ body: (OpaquePointer?) -> R) -> R {
    withExtendedLifetime(self) { body(raw) }
  }

  private static func make(_ value: Value) throws(DuckDBError) -> OpaquePointer? {
    switch value {
    case .null: duckdb_create_null_value()
    case .boolean(let flag): duckdb_create_bool(flag)
    case .integer(let number): duckdb_create_int64(number)
    case .unsigned(let number): duckdb_create_uint64(number)
    case .hugeInteger(let high, let low):
      duckdb_create_hugeint(duckdb_hugeint(lower: low, upper: high))
    case .unsignedHugeInteger(let high, let low):
      duckdb_create_uhugeint(duckdb_uhugeint(lower: low, upper: high))
    case .float(let number): duckdb_create_float(number)
    case .double(let number): duckdb_create_double(number)
    case .decimal(let text): try decimal(text)
    case .text(let text), .enumeration(let text): varchar(text)
    case .blob(let bytes): duckdb_create_blob(bytes, idx_t(bytes.count))
    case .uuid(let uuid): duckdb_create_uuid(duckdb_uhugeint(lower: uuid.low, upper: uuid.high))
    case .list(let values): try list(values)
    case .structure(let fields): try structure(fields)
    case .map(let entries): try map(entries)
    default: temporal(value)
    }
  }

  private static func temporal(_ value: Value) -> OpaquePointer? {
    switch value {
    case .date(let days): duckdb_create_date(duckdb_date(days: days))
    case .time(let micros): duckdb_create_time(duckdb_time(micros: micros))
    case .timeTZ(let micros, let offset):
      duckdb_create_time_tz_value(duckdb_create_time_tz(micros, offset))
    case .timestamp(let micros): duckdb_create_timestamp(duckdb_timestamp(micros: micros))
    case .timestampNanoseconds(let nanos):
      duckdb_create_timestamp_ns(duckdb_timestamp_ns(nanos: nanos))
    case .timestampTZ(let micros): duckdb_create_timestamp_tz(duckdb_timestamp(micros: micros))
    case .interval(let months, let days, let micros):
      duckdb_create_interval(duckdb_interval(months: months, days: days, micros: micros))
    default: nil
    }
  }

  private static func varchar(_ text: String) -> OpaquePointer? {
    var text = text
    return text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        // An empty buffer may have no address, which DuckDB takes for a missing text.
        $0.isEmpty
          ? duckdb_create_varchar_length("", 0)
          : duckdb_create_varchar_length($0.baseAddress, idx_t($0.count))
      }
    }
  }

  private static func decimal(_ text: String) throws(DuckDBError) -> OpaquePointer? {
    let digits = text.filter { $0 != "." && $0 != "-" }.count
    let scale = text.firstIndex(of: ".").map { text.distance(from: $0, to: text.endIndex) - 1 } ?? 0
    guard digits <= 38, let number = Int128(text.filter { $0 != "." }) else {
      throw DuckDBError(.conversion, "A decimal takes up to 38 digits and one point.")
    }
    let halves = number.halves
    return duckdb_create_decimal(
      duckdb_decimal(
        width: UInt8(max(digits, scale, 1)), scale: UInt8(scale),
        value: duckdb_hugeint(lower: halves.low, upper: halves.high)))
  }

  private static func list(_ values: [Value]) throws(DuckDBError) -> OpaquePointer? {
    let made = try all(values)
    return CType(elementType(of: made)).with { type in
      with(made) { duckdb_create_list_value(type, $0, idx_t(made.count)) }
    }
  }

  private static func structure(_ fields: [Value.Field]) throws(DuckDBError) -> OpaquePointer? {
    let made = try all(fields.map(\.value))
    let types = zip(fields, made).map { LogicalType.Field($0.name, $1.type) }
    return CType(.structure(types)).with { type in
      with(made) { duckdb_create_struct_value(type, $0) }
    }
  }

  private static func map(_ entries: [Value.Entry]) throws(DuckDBError) -> OpaquePointer? {
    let keys = try all(entries.map(\.key))
    let values = try all(entries.map(\.value))
    let type = LogicalType.map(key: elementType(of: keys), value: elementType(of: values))
    return CType(type).with { type in
      with(keys) { keys in
        with(values) { duckdb_create_map_value(type, keys, $0, idx_t(entries.count)) }
      }
    }
  }

  private static func all(_ values: [Value]) throws(DuckDBError) -> [CValue] {
    var made: [CValue] = []
    for value in values { made.append(try CValue(value)) }
    return made
  }

  private static func with<R>(
    _ values: [CValue], _ body: (UnsafeMutablePointer<OpaquePointer?>) -> R
  ) -> R {
    // One to spare: DuckDB refuses a missing array even for no values.
    var handles = values.map(\.raw) + [nil]
    return withExtendedLifetime(values) { body(&handles) }
  }

  /// The type of the first value that is not null.
  private static func elementType(of values: [CValue]) -> LogicalType {
    values.lazy.map(\.type).first { $0 != .null } ?? .null
  }

  /// DuckDB keeps the type for the value; it is not ours to destroy.
  private var type: LogicalType { LogicalType(duckdb_get_value_type(raw)) }
}

extension Value {
  /// Reads a value of DuckDB's and destroys it.
  init(taking raw: OpaquePointer?) {
    var raw = raw
    self = raw.map { Value($0) } ?? .null
    duckdb_destroy_value(&raw)
  }

  private init(_ raw: OpaquePointer) {
    if duckdb_is_null_value(raw) {
      self = .null
      return
    }
    self = Value(raw, LogicalType(duckdb_get_value_type(raw)))
  }

  private init(_ raw: OpaquePointer, _ type: LogicalType) {
    switch type {
    case .boolean: self = .boolean(duckdb_get_bool(raw))
    case .tinyint, .smallint, .integer, .bigint: self = .integer(duckdb_get_int64(raw))
    case .utinyint, .usmallint, .uinteger, .ubigint: self = .unsigned(duckdb_get_uint64(raw))
    case .hugeint:
      let number = duckdb_get_hugeint(raw)
      self = .hugeInteger(high: number.upper, low: number.lower)
    case .uhugeint:
      let number = duckdb_get_uhugeint(raw)
      self = .unsignedHugeInteger(high: number.upper, low: number.lower)
    case .float: self = .float(duckdb_get_float(raw))
    case .double: self = .double(duckdb_get_double(raw))
    case .date: self = .date(days: duckdb_get_date(raw).days)
    case .time: self = .time(micros: duckdb_get_time(raw).micros)
    case .timestamp: self = .timestamp(micros: duckdb_get_timestamp(raw).micros)
    case .timestampTZ: self = .timestampTZ(micros: duckdb_get_timestamp_tz(raw).micros)
    default: self = Self.composite(raw, type)
    }
  }

  private static func composite(_ raw: OpaquePointer, _ type: LogicalType) -> Value {
    switch type {
    case .uuid:
      let uuid = duckdb_get_uuid(raw)
      return .uuid(UUIDBytes(high: uuid.upper, low: uuid.lower))
    case .interval:
      let span = duckdb_get_interval(raw)
      return .interval(months: span.months, days: span.days, micros: span.micros)
    case .blob: return blob(raw)
    case .list, .array:
      return .list(children(duckdb_get_list_size(raw)) { duckdb_get_list_child(raw, $0) })
    case .structure(let fields):
      let values = children(idx_t(fields.count)) { duckdb_get_struct_child(raw, $0) }
      return .structure(zip(fields, values).map { Field($0.name, $1) })
    case .map:
      let keys = children(duckdb_get_map_size(raw)) { duckdb_get_map_key(raw, $0) }
      let values = children(idx_t(keys.count)) { duckdb_get_map_value(raw, $0) }
      return .map(zip(keys, values).map { Entry($0, $1) })
    default: return text(raw, type)
    }
  }

  private static func children(_ count: idx_t, _ child: (idx_t) -> OpaquePointer?) -> [Value] {
    (0..<count).map { Value(taking: child($0)) }
  }

  private static func blob(_ raw: OpaquePointer) -> Value {
    let blob = duckdb_get_blob(raw)
    defer { duckdb_free(blob.data) }
    return .blob([UInt8](UnsafeRawBufferPointer(start: blob.data, count: Int(blob.size))))
  }

  /// What has no case of its own comes as DuckDB's text.
  private static func text(_ raw: OpaquePointer, _ type: LogicalType) -> Value {
    let text = duckdb_get_varchar(raw)
    defer { duckdb_free(text) }
    let string = text.map { String(cString: $0) } ?? ""
    if case .decimal = type { return .decimal(string) }
    return .text(string)
  }
}
