import CDuckDB

extension LogicalType {
  /// The types that are a name and a number and nothing else.
  static let simple: [(type: LogicalType, name: String, code: duckdb_type)] = [
    (.boolean, "BOOLEAN", DUCKDB_TYPE_BOOLEAN),
    (.tinyint, "TINYINT", DUCKDB_TYPE_TINYINT),
    (.smallint, "SMALLINT", DUCKDB_TYPE_SMALLINT),
    (.integer, "INTEGER", DUCKDB_TYPE_INTEGER),
    (.bigint, "BIGINT", DUCKDB_TYPE_BIGINT),
    (.hugeint, "HUGEINT", DUCKDB_TYPE_HUGEINT),
    (.utinyint, "UTINYINT", DUCKDB_TYPE_UTINYINT),
    (.usmallint, "USMALLINT", DUCKDB_TYPE_USMALLINT),
    (.uinteger, "UINTEGER", DUCKDB_TYPE_UINTEGER),
    (.ubigint, "UBIGINT", DUCKDB_TYPE_UBIGINT),
    (.uhugeint, "UHUGEINT", DUCKDB_TYPE_UHUGEINT),
    (.bignum, "BIGNUM", DUCKDB_TYPE_BIGNUM),
    (.float, "FLOAT", DUCKDB_TYPE_FLOAT),
    (.double, "DOUBLE", DUCKDB_TYPE_DOUBLE),
    (.varchar, "VARCHAR", DUCKDB_TYPE_VARCHAR),
    (.blob, "BLOB", DUCKDB_TYPE_BLOB),
    (.bit, "BIT", DUCKDB_TYPE_BIT),
    (.uuid, "UUID", DUCKDB_TYPE_UUID),
    (.date, "DATE", DUCKDB_TYPE_DATE),
    (.time, "TIME", DUCKDB_TYPE_TIME),
    (.timeNanoseconds, "TIME_NS", DUCKDB_TYPE_TIME_NS),
    (.timeTZ, "TIME WITH TIME ZONE", DUCKDB_TYPE_TIME_TZ),
    (.timestamp, "TIMESTAMP", DUCKDB_TYPE_TIMESTAMP),
    (.timestampSeconds, "TIMESTAMP_S", DUCKDB_TYPE_TIMESTAMP_S),
    (.timestampMilliseconds, "TIMESTAMP_MS", DUCKDB_TYPE_TIMESTAMP_MS),
    (.timestampNanoseconds, "TIMESTAMP_NS", DUCKDB_TYPE_TIMESTAMP_NS),
    (.timestampTZ, "TIMESTAMP WITH TIME ZONE", DUCKDB_TYPE_TIMESTAMP_TZ),
    (.interval, "INTERVAL", DUCKDB_TYPE_INTERVAL),
    (.null, "\"NULL\"", DUCKDB_TYPE_SQLNULL),
    (.any, "ANY", DUCKDB_TYPE_ANY),
  ]

  /// Reads a type and destroys the handle.
  init(taking raw: OpaquePointer?) {
    var raw = raw
    self.init(raw)
    duckdb_destroy_logical_type(&raw)
  }

  /// Reads a type and leaves the handle be.
  init(_ raw: OpaquePointer?) {
    let code = duckdb_get_type_id(raw)
    switch code {
    case DUCKDB_TYPE_VARCHAR: self = Self.isJSON(raw) ? .json : .varchar
    case DUCKDB_TYPE_DECIMAL:
      let width = Int(duckdb_decimal_width(raw))
      self = .decimal(width: width, scale: Int(duckdb_decimal_scale(raw)))
    case DUCKDB_TYPE_ENUM:
      self = .enumeration(
        names(idx_t(duckdb_enum_dictionary_size(raw))) { duckdb_enum_dictionary_value(raw, $0) })
    case DUCKDB_TYPE_LIST: self = .list(LogicalType(taking: duckdb_list_type_child_type(raw)))
    case DUCKDB_TYPE_ARRAY:
      let element = LogicalType(taking: duckdb_array_type_child_type(raw))
      self = .array(element, count: Int(duckdb_array_type_array_size(raw)))
    case DUCKDB_TYPE_STRUCT: self = .structure(Self.fields(of: raw))
    case DUCKDB_TYPE_UNION: self = .union(Self.members(of: raw))
    case DUCKDB_TYPE_MAP:
      let key = LogicalType(taking: duckdb_map_type_key_type(raw))
      self = .map(key: key, value: LogicalType(taking: duckdb_map_type_value_type(raw)))
    default: self = Self.simple.first { $0.code == code }?.type ?? .other(code.rawValue)
    }
  }

  /// JSON is a text with another name.
  private static func isJSON(_ raw: OpaquePointer?) -> Bool {
    let alias = duckdb_logical_type_get_alias(raw)
    defer { duckdb_free(alias) }
    return alias.map { String(cString: $0) == "JSON" } ?? false
  }

  private static func fields(of raw: OpaquePointer?) -> [Field] {
    let all = names(duckdb_struct_type_child_count(raw)) { duckdb_struct_type_child_name(raw, $0) }
    return all.enumerated().map { index, name in
      Field(name, LogicalType(taking: duckdb_struct_type_child_type(raw, idx_t(index))))
    }
  }

  private static func members(of raw: OpaquePointer?) -> [Field] {
    let all = names(duckdb_union_type_member_count(raw)) { duckdb_union_type_member_name(raw, $0) }
    return all.enumerated().map { index, name in
      Field(name, LogicalType(taking: duckdb_union_type_member_type(raw, idx_t(index))))
    }
  }
}

/// The names that a C function gives one by one, each to be freed.
private func names(_ count: idx_t, _ name: (idx_t) -> UnsafeMutablePointer<CChar>?) -> [String] {
  (0..<count).map { index in
    let text = name(index)
    defer { duckdb_free(text) }
    return text.map { String(cString: $0) } ?? ""
  }
}

/// A logical type made for DuckDB, destroyed with this object.
///
/// The handle alone keeps nothing alive, so it is lent to closures.
final class CType {
  private var raw: OpaquePointer?

  init(_ type: LogicalType) {
    switch type {
    case .decimal(let width, let scale):
      raw = duckdb_create_decimal_type(UInt8(clamping: width), UInt8(clamping: scale))
    case .enumeration(let names):
      raw = withCStrings(names) { duckdb_create_enum_type($0, idx_t(names.count)) }
    case .list(let element): raw = CType(element).with { duckdb_create_list_type($0) }
    case .array(let element, let count):
      raw = CType(element).with { duckdb_create_array_type($0, idx_t(count)) }
    case .map(let key, let value):
      raw = CType.with([key, value]) { duckdb_create_map_type($0[0], $0[1]) }
    case .structure(let fields): raw = Self.compose(fields, duckdb_create_struct_type)
    case .union(let fields): raw = Self.compose(fields, duckdb_create_union_type)
    case .json: raw = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR)
    case .other(let number): raw = duckdb_create_logical_type(duckdb_type(number))
    default:
      let code = LogicalType.simple.first { $0.type == type }?.code ?? DUCKDB_TYPE_INVALID
      raw = duckdb_create_logical_type(code)
    }
  }

  deinit { duckdb_destroy_logical_type(&raw) }

  /// Lends the handle.
  func with<R>(_ body: (OpaquePointer?) -> R) -> R {
    withExtendedLifetime(self) { body(raw) }
  }

  /// Lends the handles of several types at once.
  static func with<R>(
    _ types: [LogicalType], _ body: (UnsafeMutablePointer<OpaquePointer?>) -> R
  ) -> R {
    let made = types.map { CType($0) }
    // One to spare, so that no types still have an address.
    var handles = made.map(\.raw) + [nil]
    return withExtendedLifetime(made) { body(&handles) }
  }

  private typealias Names = UnsafeMutablePointer<UnsafePointer<CChar>?>?

  private static func compose(
    _ fields: [LogicalType.Field],
    _ make: (UnsafeMutablePointer<OpaquePointer?>?, Names, idx_t) -> OpaquePointer?
  ) -> OpaquePointer? {
    CType.with(fields.map(\.type)) { types in
      withCStrings(fields.map(\.name)) { make(types, $0, idx_t(fields.count)) }
    }
  }
}

/// Runs `body` with an array of C strings.
func withCStrings<R>(
  _ texts: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> R
) -> R {
  let copies = texts.map { text in
    let bytes = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (index, byte) in bytes.enumerated() { copy[index] = byte }
    return copy
  }
  defer { copies.forEach { $0.deallocate() } }
  var pointers = copies.map { UnsafePointer<CChar>?($0) }
  return pointers.withUnsafeMutableBufferPointer { body($0.baseAddress) }
}
