internal import Catchment
internal import DuckDB

/// What the engine finds out from the beginning of a file: how its values are told apart, and their
/// columns.
///
/// Each statement over a file finds it out anew, which takes as long as reading 20,000 rows. Said in
/// arguments it is found out once.
struct CSVDialect {
  let delimiter: String
  let quote: String
  let isHeader: Bool
  /// Lines before the header.
  let skipped: Int64
  private let escape: String
  private let newLine: String
  private let comment: String
  private let columns: [(name: String, type: String)]
  private let dateFormat: String?
  private let timestampFormat: String?

  /// Nil when the engine finds what cannot be said to it.
  ///
  /// - Parameter arguments: of the engine's reader, the path first.
  init?(_ arguments: [String], in bench: Workbench) throws(CatchmentError) {
    let rows = try bench.query(
      """
      SELECT Delimiter, Quote, Escape, NewLineDelimiter, Comment, HasHeader, SkipRows, DateFormat,
        TimestampFormat, c.name, c.type
      FROM (SELECT *, unnest(Columns) AS c FROM sniff_csv(\(arguments.joined(separator: ", "))))
      """)
    // What is said to the engine ends at U+0000.
    guard let first = rows.first, rows.allSatisfy({ $0[9].text?.utf8.contains(0) == false }) else {
      return nil
    }
    func mark(_ place: Int) -> String {
      first[place].text.flatMap { $0 == "(empty)" ? nil : $0 } ?? ""
    }
    (delimiter, quote, escape, comment) = (mark(0), mark(1), mark(2), mark(4))
    newLine = mark(3)
    isHeader = first[5].boolean == true
    skipped = first[6].int64 ?? 0
    (dateFormat, timestampFormat) = (first[7].text, first[8].text)
    columns = rows.map { ($0[9].text ?? "", $0[10].text ?? "VARCHAR") }
  }

  var hasQuotes: Bool { !quote.isEmpty }

  /// Said to the engine's reader.
  ///
  /// - Parameter quoting: in the place of the quote and escape that were found.
  func arguments(_ quoting: (mark: String, escape: String)? = nil) -> [String] {
    let quoting = quoting ?? (quote, escape)
    let shape = columns.map { "\(SQL.literal($0.name)): \(SQL.literal($0.type))" }
    var said = [
      "auto_detect = false", "delim = \(SQL.literal(delimiter))",
      "quote = \(SQL.literal(quoting.mark))", "escape = \(SQL.literal(quoting.escape))",
      "comment = \(SQL.literal(comment))", "header = \(isHeader)", "skip = \(skipped)",
      "columns = {\(shape.joined(separator: ", "))}",
    ]
    // Lines that end now so and now otherwise have no name.
    if [#"\n"#, #"\r\n"#, #"\r"#].contains(newLine) { said.append("new_line = '\(newLine)'") }
    if let dateFormat { said.append("dateformat = \(SQL.literal(dateFormat))") }
    if let timestampFormat { said.append("timestampformat = \(SQL.literal(timestampFormat))") }
    return said
  }
}
