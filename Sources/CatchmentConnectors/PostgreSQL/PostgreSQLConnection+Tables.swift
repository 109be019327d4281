internal import CPostgres
internal import Catchment
internal import DuckDB

extension PostgreSQLConnection {
  /// Sends rows by a binary COPY; returns how many the server took.
  func copy(
    _ rows: FollowerSession.Chunks, _ columns: [FollowerTable.Column], into target: String,
    options: String = ""
  ) throws(CatchmentError) -> Int {
    guard let first = try rows() else { return 0 }
    let names = columns.count == 1 ? "" : " (\(SQL.identifiers(columns.map(\.name))))"
    let statement = "COPY \(target)\(names) FROM STDIN (FORMAT binary\(options))"
    return try copyIn(statement) { (send) throws(CatchmentError) in
      let buffer = BinaryRows(columns)
      try buffer.append(first, send)
      while let chunk = try rows() { try buffer.append(chunk, send) }
      try buffer.finish(send)
    }
  }

  /// Runs a statement with values for its `$1`, or several without: the rows of the last.
  func values(_ sql: String, _ values: [String?]) throws(CatchmentError) -> [[Value]] {
    let types = resultTypes(of:)
    return try run(sql, values) { result in
      let types = types(result)
      return (0..<PQntuples(result)).map { row in
        types.enumerated().map { column, type in
          let column = Int32(column)
          guard PQgetisnull(result, row, column) == 0 else { return .null }
          return Self.value(String(cString: PQgetvalue(result, row, column)), type)
        }
      }
    }
  }

  private func resultTypes(of result: OpaquePointer) -> [Oid] {
    (0..<PQnfields(result)).map { PQftype(result, $0) }
  }

  /// The numbers of these types are the same in every PostgreSQL.
  private static func value(_ text: String, _ type: Oid) -> Value {
    switch type {
    case 16: .boolean(text == "t")
    case 20, 21, 23, 1700: Int64(text).map(Value.integer) ?? .decimal(text)
    default: .text(text)
    }
  }
}

extension Value {
  /// As the text of a parameter.
  var inPostgreSQL: String? {
    switch self {
    case .null: nil
    case .text(let text):
      String(
        decoding: Array(text.utf8).withUnsafeBytes { bytes in
          var escaped: [UInt8] = []
          PostgreSQLText.append(bytes, to: &escaped)
          return escaped
        }, as: UTF8.self)
    default: description
    }
  }
}
