internal import Catchment
internal import DuckDB

/// The rows of a sheet, from what its cells hold and what they are as values of their columns.
struct ExcelRows {
  private let columns: [Column]
  private let joined: Relation
  private let firstLine: Int
  private let bench: Workbench

  private struct Column {
    var name: String
    /// How the value is read; nil for the text.
    var value: String?
  }

  /// - Parameters:
  ///   - texts: each cell's text.
  ///   - values: the same rows, NULL where a cell is not of its column's type.
  ///   - firstLine: the number of the first row.
  init(
    _ texts: Relation, _ values: Relation, firstLine: Int, in bench: Workbench
  ) throws(CatchmentError) {
    self.firstLine = firstLine
    self.bench = bench
    let places = texts.columns.indices
    let list = places.map { place in
      let names = [texts, values].map { SQL.identifier($0.columns[place].name) }
      return "t.\(names[0]) AS t\(place), v.\(names[1]) AS v\(place)"
    }
    let isFilled = places.map { "t\($0) IS NOT NULL" }.joined(separator: " OR ")
    joined = try bench.table(
      """
      SELECT * FROM (
        SELECT t.rowid AS place, \(list.joined(separator: ", "))
        FROM \(texts.sql) AS t JOIN \(values.sql) AS v ON v.rowid = t.rowid)
      WHERE \(isFilled) ORDER BY place
      """)
    columns = try Self.columns(texts, values, joined, bench)
  }

  /// A column whose cells are mostly not of its type is one of texts; numbers without fractions are
  /// whole ones.
  private static func columns(
    _ texts: Relation, _ values: Relation, _ joined: Relation, _ bench: Workbench
  ) throws(CatchmentError) -> [Column] {
    let counts = values.columns.enumerated().map { place, column in
      let isWhole =
        column.type == .double
        ? "bool_and(v\(place) = trunc(v\(place)) AND abs(v\(place)) < 9007199254740992)" : "false"
      return "count(t\(place)), count(v\(place)), \(isWhole)"
    }
    let found = try bench.query("SELECT \(counts.joined(separator: ", ")) FROM \(joined.sql)")
    let row = found.first ?? []
    return texts.columns.enumerated().map { place, column in
      let (filled, fitting) = (row[3 * place].int64 ?? 0, row[3 * place + 1].int64 ?? 0)
      let isText = values.columns[place].type == .varchar || 2 * fitting < filled || filled == 0
      let isWhole = row[3 * place + 2].boolean == true
      return Column(
        name: column.name, value: isText ? nil : "v\(place)\(isWhole ? "::BIGINT" : "")")
    }
  }

  /// The rows whose cells all fit, and the others with the first cell that does not.
  func extracted() throws(CatchmentError) -> Extracted {
    let list = columns.enumerated().map { place, column in
      "\(column.value ?? "t\(place)") AS \(SQL.identifier(column.name))"
    }
    let typed = columns.indices.filter { columns[$0].value != nil }
    let misfits = typed.map { "(t\($0) IS NOT NULL AND v\($0) IS NULL)" }
    let isBad = misfits.isEmpty ? "false" : misfits.joined(separator: " OR ")
    let rows = try bench.read(
      """
      SELECT \(list.joined(separator: ", ")) FROM \(joined.sql) WHERE NOT (\(isBad))
      ORDER BY place
      """)
    guard !misfits.isEmpty else { return Extracted(rows) }
    let cases = zip(typed, misfits).map { (name: columns[$0].name, text: "t\($0)", isBad: $1) }
    func first(_ result: (Int) -> String) -> String {
      let whens = cases.indices.map { "WHEN \(cases[$0].isBad) THEN \(result($0))" }
      return "CASE \(whens.joined(separator: " ")) END"
    }
    let members = columns.enumerated().map { "\(SQL.literal($1.name)), t\($0)" }
    let bad = try bench.query(
      """
      SELECT place, \(first { SQL.literal(cases[$0].name) }), \(first { cases[$0].text }),
        json_object(\(members.joined(separator: ", ")))::VARCHAR
      FROM \(joined.sql) WHERE \(isBad) ORDER BY place
      """)
    return Extracted(rows, deadLetters: bad.map(letter))
  }

  private func letter(_ row: [Value]) -> DeadLetter {
    let value = row[2].text ?? ""
    return DeadLetter(
      line: firstLine + Int(row[0].int64 ?? 0), byte: 0, code: "cast",
      message: "\"\(value.prefix(80))\" is not what the column's other cells are",
      record: row[3].text ?? "", column: row[1].text, value: value)
  }
}
