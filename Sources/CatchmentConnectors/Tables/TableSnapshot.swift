internal import Catchment
internal import Crypto
internal import DuckDB
internal import FoundationEssentials

/// The rows of a database's table in a file of Parquet, as the raw store keeps them.
///
/// Values are kept as they are. The type that a column is meant to have is noted in the file; a value
/// that cannot be of that type becomes a dead letter when the file is read.
struct TableSnapshot {
  struct Column {
    var name: String
    /// As what its values are kept.
    var kept: LogicalType
    /// As what they are read.
    var meant: LogicalType
  }

  let columns: [Column]

  private static let note = "type "

  /// Writes the rows of a query that gives the columns as they are kept.
  ///
  /// Returns the digest of the rows.
  func write(_ query: String, to path: String, in bench: Workbench) throws(CatchmentError) -> String
  {
    let notes = columns.enumerated().map { place, column in
      "\(SQL.literal("\(Self.note)\(place)")): \(SQL.literal("\(column.meant)"))"
    }
    try bench.execute(
      """
      COPY (\(query)) TO \(SQL.literal(path)) (
        FORMAT parquet, COMPRESSION zstd, KV_METADATA {\(notes.joined(separator: ", "))})
      """)
    return try digest(of: path, in: bench)
  }

  /// Of the columns and the rows, in whatever order these come.
  private func digest(of path: String, in bench: Workbench) throws(CatchmentError) -> String {
    let names = SQL.identifiers(columns.map(\.name))
    let sums = try bench.query(
      """
      SELECT count(*), sum(md5_number_lower(json_array(\(names))::VARCHAR))::VARCHAR
      FROM read_parquet(\(SQL.literal(path)))
      """)
    let types = columns.map { "\($0.name) \($0.meant)" }.joined(separator: "\n")
    let text = ([types] + (sums.first ?? []).map(\.description)).joined(separator: "\n")
    return Hex.text(Array(SHA256.hash(data: Data(text.utf8))))
  }

  // MARK: Reading

  static func read(_ path: String, in bench: Workbench) throws(CatchmentError) -> Extracted {
    let file = SQL.literal(path)
    let notes = try bench.query(
      "SELECT decode(key), decode(value) FROM parquet_kv_metadata(\(file))")
    let types = Dictionary(
      notes.map { ($0[0].text ?? "", $0[1].text ?? "") }, uniquingKeysWith: { first, _ in first })
    let kept = try bench.table("SELECT * FROM read_parquet(\(file))")
    let conversions = kept.columns.enumerated().compactMap { place, column in
      types["\(note)\(place)"].flatMap { TypeConversion(column, to: $0) }
    }
    guard !conversions.isEmpty else { return Extracted(kept) }
    let expressions = Dictionary(
      uniqueKeysWithValues: conversions.map { ($0.column.name, $0.sql) })
    let read = try Transformed(
      each: kept, as: kept.list(replacing: expressions), refusing: conversions.map(\.rule),
      in: bench)
    return Extracted(
      read.rows,
      deadLetters: try read.rejects.map { rejects throws(CatchmentError) in
        try letters(rejects, in: bench)
      } ?? [])
  }

  private static func letters(
    _ rejects: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [DeadLetter] {
    try bench.query(
      "SELECT code, message, record, \"column\", \"value\" FROM \(rejects.sql) ORDER BY rowid"
    ).map { row in
      DeadLetter(
        line: 0, byte: 0, code: row[0].text ?? "", message: row[1].text ?? "",
        record: row[2].text ?? "", column: row[3].text, value: row[4].text)
    }
  }
}

/// How a column's values become those of another type, and which of them cannot without a loss.
struct TypeConversion {
  let column: Relation.Column
  /// The new value; NULL where there is none.
  let sql: String
  let rule: Rejects.Rule

  /// - Parameter type: as SQL writes it.
  ///
  /// Nil when the column is of that type already.
  init?(_ column: Relation.Column, to type: String) {
    guard "\(column.type)" != type else { return nil }
    self.column = column
    let name = SQL.identifier(column.name)
    let isText = column.type == .varchar || column.type == .blob
    // Bytes are what a database gives that cannot promise text.
    let source = column.type == .blob ? "TRY(decode(\(name)))" : name
    let cast = "TRY_CAST(\(source) AS \(type))"
    sql = cast
    let loss = isText ? Self.lossOfText(source, cast, type) : Self.lossOfNumber(name, cast, type)
    rule = Rejects.Rule(
      "\(name) IS NOT NULL AND (\(cast) IS NULL OR coalesce(\(loss), true))", code: "cast",
      column: column.name, "is no \(type)")
  }

  /// The engine rounds `1.5` when a whole number is wanted, and cuts the time off a date.
  private static func lossOfText(_ text: String, _ cast: String, _ type: String) -> String {
    switch type {
    case "BIGINT": return "NOT regexp_full_match(\(text), '\\s*[+-]?[0-9]+\\s*')"
    case "DATE": return "TRY_CAST(\(text) AS TIMESTAMP) <> CAST(\(cast) AS TIMESTAMP)"
    case _ where type.hasPrefix("DECIMAL"):
      let scale = type.dropLast().split(separator: ",").last.flatMap { Int($0) } ?? 0
      return "regexp_matches(\(text), '[eE]|\\.[0-9]{\(scale)}[0-9]*[1-9]')"
    default: return "false"
    }
  }

  private static func lossOfNumber(_ number: String, _ cast: String, _ type: String) -> String {
    switch type {
    case "BOOLEAN": return "\(number) NOT IN (0, 1)"
    case "DOUBLE": return "\(cast)::HUGEINT <> \(number)"
    case _ where type == "BIGINT" || type.hasPrefix("DECIMAL"):
      return "\(cast)::DOUBLE <> \(number)::DOUBLE"
    default: return "false"
    }
  }
}
