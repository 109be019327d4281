internal import DuckDB
internal import GRDB
internal import GRDBSQLite

extension GRDB.Statement {
  /// The words that its columns are declared with; empty for one that is computed.
  var declarations: [String] {
    (0..<columnCount).map { column in
      sqlite3_column_decltype(sqliteStatement, Int32(column)).map { String(cString: $0) } ?? ""
    }
  }
}

extension SQLiteType {
  /// SQLite has whole numbers of 64 bits, fractions of double precision, text and bytes.
  static func form(of type: LogicalType) -> StoredForm {
    switch type {
    case .bigint, .double, .varchar, .blob: .same(type)
    case .boolean, .tinyint, .smallint, .integer, .hugeint, .utinyint, .usmallint, .uinteger,
      .ubigint, .uhugeint:
      .cast(.bigint)
    case .float: .cast(.double)
    // So many digits a double keeps exactly.
    case .decimal(let width, _) where width <= 15: .cast(.double)
    case .list, .array, .structure, .map, .union:
      StoredForm(type: .varchar) { "CAST(to_json(\($0)) AS VARCHAR)" }
    case .timestampTZ:
      StoredForm(type: .varchar) {
        "strftime(\($0) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ')"
      }
    default: .cast(.varchar)
    }
  }

  /// What SQLite makes of values for a column, by the words it is declared with.
  static func engineType(declared: String) -> LogicalType {
    let words = declared.uppercased()
    func says(_ parts: String...) -> Bool { parts.contains(where: words.contains) }
    if says("INT") { return .bigint }
    if says("CHAR", "CLOB", "TEXT") { return .varchar }
    if says("REAL", "FLOA", "DOUB") { return .double }
    return words == "BLOB" ? .blob : .any
  }
}
