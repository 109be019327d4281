internal import DuckDB

/// A few rows as one writes them down, for an example.
///
/// ```swift
/// let people: ExampleTable = """
///   id | name  | born: DATE
///   1  | Ada   | 1815-12-10
///   2  | NULL  | NULL
///   """
/// ```
///
/// The first line has the columns' names, with a type where the values do not tell it. A cell between
/// double quotes keeps its spaces.
public struct ExampleTable: Sendable, Hashable, ExpressibleByStringLiteral {
  /// A column with the type that is written, if one is.
  public struct Column: Sendable, Hashable {
    public var name: String
    public var type: String?
  }

  public let columns: [Column]
  /// The values as text, as the engine casts them; nil for NULL.
  public let rows: [[String?]]

  public init(stringLiteral text: String) {
    let lines = text.split(separator: "\n").map { line in
      line.split(separator: "|", omittingEmptySubsequences: false).map { Self.trimmed($0) }
    }
    columns = (lines.first ?? []).map { cell in
      let parts = cell.split(separator: ": ", maxSplits: 1)
      return Column(name: String(parts[0]), type: parts.count > 1 ? String(parts[1]) : nil)
    }
    rows = lines.dropFirst().map { $0.map(Self.value) }
  }

  private static func trimmed(_ cell: Substring) -> String {
    var cell = cell
    while cell.first == " " { cell.removeFirst() }
    while cell.last == " " { cell.removeLast() }
    return String(cell)
  }

  private static func value(_ cell: String) -> String? {
    if cell == "NULL" { return nil }
    let isQuoted = cell.count > 1 && cell.hasPrefix("\"") && cell.hasSuffix("\"")
    return isQuoted ? String(cell.dropFirst().dropLast()) : cell
  }

  // MARK: In the engine

  /// A query that gives the rows.
  public var sql: String {
    let names = columns.indices.map { "c\($0)" }
    let selected = zip(names, columns).enumerated().map { place, column in
      "CAST(\(column.0) AS \(type(place))) AS \(SQL.identifier(column.1.name))"
    }
    let lines = rows.map { row in
      "(\(row.map { $0.map(SQL.literal) ?? "NULL" }.joined(separator: ", ")))"
    }
    let none = "(\(columns.map { _ in "NULL" }.joined(separator: ", ")))"
    return """
      SELECT \(selected.joined(separator: ", "))
      FROM (VALUES \(lines.isEmpty ? none : lines.joined(separator: ", ")))
        AS v(\(names.joined(separator: ", ")))\(lines.isEmpty ? " LIMIT 0" : "")
      """
  }

  private func type(_ place: Int) -> String {
    if let type = columns[place].type { return type }
    let values = rows.compactMap { $0[place] }
    if values.isEmpty { return "VARCHAR" }
    if values.allSatisfy({ Int($0) != nil }) { return "BIGINT" }
    return values.allSatisfy { Double($0) != nil } ? "DOUBLE" : "VARCHAR"
  }

  /// What differs in the rows of a relation, in any order; nil when nothing does.
  public func difference(
    from relation: Relation, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    let names = relation.columns.map(\.name)
    guard names == columns.map(\.name) else { return "the columns are \(names)" }
    for (column, found) in zip(columns, relation.columns) {
      if let type = column.type, type != found.type.description {
        return "\(column.name) is of type \(found.type)"
      }
    }
    let texts = relation.columns.map { "\(SQL.identifier($0.name))::VARCHAR" }
    let found = try bench.query("SELECT \(texts.joined(separator: ", ")) FROM \(relation.sql)")
      .map { row in row.map { $0.text ?? "NULL" } }
    let wanted = rows.map { row in row.map { $0 ?? "NULL" } }
    func sorted(_ rows: [[String]]) -> [String] {
      rows.map { $0.joined(separator: " | ") }.sorted()
    }
    return sorted(found) == sorted(wanted) ? nil : "the rows are \(sorted(found))"
  }

  // MARK: For people

  /// The lines of a table whose columns stand one below another.
  public var lines: [String] {
    let cells = [columns.map(\.name)] + rows.map { $0.map(Self.shown) }
    let widths = columns.indices.map { place in cells.map { $0[place].count }.max() ?? 0 }
    return cells.map { row in
      let padded = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
      return Self.trimmed(padded.joined(separator: "  ")[...])
    }
  }

  /// As Markdown has tables.
  public var markdown: String {
    let head = columns.map(\.name).joined(separator: " | ")
    let rule = columns.map { _ in "---" }.joined(separator: "|")
    let body = rows.map { row in
      let cells = row.map { $0.map { "`\(Self.shown($0))`" } ?? "NULL" }
      return "| \(cells.joined(separator: " | ")) |"
    }
    return (["| \(head) |", "|\(rule)|"] + body).joined(separator: "\n")
  }

  /// With quotes where the text alone would be misread.
  private static func shown(_ value: String?) -> String {
    guard let value else { return "NULL" }
    let isPlain =
      !value.isEmpty && value != "NULL" && value.first != " " && value.last != " "
      && !value.contains("  ")
    return isPlain ? value : "\"\(value)\""
  }
}
