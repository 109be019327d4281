internal import GRDB
internal import GRDBSQLite

/// A function of SQL that hashes values to 64 bits, the same in every process and on every machine.
enum SQLiteHash {
  private static let name = "catchment_hash"
  /// SQLite takes no more than 127 arguments, and may be built to take fewer.
  private static let most = 90

  static func register(in database: GRDB.Database) throws {
    let status = sqlite3_create_function_v2(
      database.sqliteConnection, name, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, nil,
      { context, count, values in
        var hash = Mixer()
        for index in 0..<Int(count) {
          if let value = values?[index] { hash.add(value) }
        }
        sqlite3_result_int64(context, Int64(bitPattern: hash.state))
      }, nil, nil, nil)
    guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
  }

  /// The hash of columns, however many.
  static func sql(_ columns: [String]) -> String {
    var rest = columns.map { "\"\($0.replacing("\"", with: "\"\""))\"" }[...]
    var sql = "\(name)(\(rest.prefix(most).joined(separator: ", ")))"
    rest = rest.dropFirst(most)
    while !rest.isEmpty {
      sql = "\(name)(\(sql), \(rest.prefix(most).joined(separator: ", ")))"
      rest = rest.dropFirst(most)
    }
    return sql
  }

  /// Stirs values in, eight bytes at a time.
  private struct Mixer {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func add(_ value: OpaquePointer) {
      let kind = sqlite3_value_type(value)
      add(UInt64(kind))
      switch kind {
      case SQLITE_INTEGER: add(UInt64(bitPattern: sqlite3_value_int64(value)))
      case SQLITE_FLOAT: add(sqlite3_value_double(value).bitPattern)
      case SQLITE_NULL: break
      default: add(bytes: value)
      }
    }

    private mutating func add(bytes value: OpaquePointer) {
      let start = sqlite3_value_blob(value)
      let bytes = UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
      add(UInt64(bytes.count))
      var index = 0
      while index + 8 <= bytes.count {
        add(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)))
        index += 8
      }
      var last: UInt64 = 0
      while index < bytes.count {
        last = last << 8 | UInt64(bytes[index])
        index += 1
      }
      add(last)
    }

    private mutating func add(_ word: UInt64) {
      state = (state ^ word) &* 0xFF51_AFD7_ED55_8CCD
      state ^= state >> 32
    }
  }
}
