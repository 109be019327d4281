public import Catchment
internal import DuckDB

/// Files of text whose columns begin and end at the same place in every line.
///
/// ```yaml
/// extract: { fixed_width: { path: accounts.txt, columns: { id: 1-6, name: 7-26, kind: 27 } } }
/// ```
public struct FixedWidthSource: TableSource, Configurable {
  public static let kind = "fixed_width"
  public static let summary =
    "Text files whose columns begin and end at the same place in every line."
  public static var options: [StepOption<FixedWidthSource>] {
    [
      .required("path", \.files.path, FileSet.summary),
      .required(
        "columns", \.columns,
        "Each column's name with its first and last character, counted from 1: name: 7-26."),
      .optional("skip", \.skip, "Lines at the beginning that are passed over."),
      .optional(
        "trim", \.trims, "Whether spaces around a value are left out; nothing is then NULL."),
    ]
  }

  private var files = FileSet()
  private var columns = NamedValues<CharacterSpan>()
  private var skip = 0
  private var trims = true
  public var name: String { Self.kind }
  public var packing: Packing? { Packing([".txt", ".dat", ".fwf"]) }

  public init() {}

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - columns: each with its first and last character, counted from 1.
  public init(_ path: String, columns: KeyValuePairs<String, CharacterSpan>) {
    files.path = path
    self.columns = NamedValues(columns)
  }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func check() throws(OptionError) {
    if columns.members.isEmpty { throw OptionError("needs at least one column") }
    if skip < 0 { throw OptionError("cannot pass over \(skip) lines") }
  }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// Values are text; a step casts them.
  ///
  /// Blank lines are passed over. A line that ends before its last column begins is a dead letter, and
  /// so is one that is not UTF-8.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let needed = columns.members.map(\.value.range.lowerBound).max() ?? 1
    let lines = try bench.table(
      """
      SELECT line, byte, text, CASE WHEN text IS NULL THEN 'not_text'
        WHEN length(text) < \(needed) THEN 'too_short' END AS fault
      FROM \(LineTable(path: path, in: bench).lines.sql)
      WHERE line > \(skip) AND (text IS NULL OR trim(text) <> '')
      """)
    let bad = try bench.query(
      "SELECT line, byte, fault, text FROM \(lines.sql) WHERE fault IS NOT NULL ORDER BY line")
    let values = columns.members.map { "\(value($0.value.range)) AS \(SQL.identifier($0.name))" }
    return Extracted(
      try bench.view(
        "SELECT \(values.joined(separator: ", ")) FROM \(lines.sql) WHERE fault IS NULL"),
      deadLetters: bad.map { Self.deadLetter($0, needed) })
  }

  private func value(_ range: ClosedRange<Int>) -> String {
    let part = "substring(text, \(range.lowerBound), \(range.count))"
    return trims ? "nullif(trim(\(part)), '')" : part
  }

  private static func deadLetter(_ row: [Value], _ needed: Int) -> DeadLetter {
    let code = row[2].text ?? ""
    return DeadLetter(
      line: Int(row[0].int64 ?? 0), byte: Int(row[1].int64 ?? 0), code: code,
      message: code == "too_short"
        ? "the line ends before its column at \(needed) begins"
        : "the line is not UTF-8, or longer than 256 MiB",
      record: row[3].text ?? "")
  }
}

extension TableSource where Self == FixedWidthSource {
  /// Text files whose columns begin and end at the same place in every line.
  public static func fixedWidth(
    _ path: String, columns: KeyValuePairs<String, CharacterSpan>
  ) -> FixedWidthSource {
    FixedWidthSource(path, columns: columns)
  }
}

/// A column's first and last character, counted from 1: `7-26`, or one alone.
public struct CharacterSpan: OptionValue, Hashable {
  var range: ClosedRange<Int>

  init(_ range: ClosedRange<Int>) { self.range = range }

  /// From one character to another, which belongs to it.
  public static func characters(_ range: ClosedRange<Int>) -> CharacterSpan {
    CharacterSpan(range)
  }

  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .integer(let place) where place > 0: range = place...place
    case .text(let text):
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first > 0, last >= first
      else {
        throw .expected("a first and a last character such as 7-26", not: setting)
      }
      range = first...last
    default: throw .expected("a first and a last character such as 7-26", not: setting)
    }
  }

  public var setting: Setting {
    range.count == 1
      ? range.lowerBound.setting : "\(range.lowerBound)-\(range.upperBound)".setting
  }

  public static var schema: Setting { .map(["type": ["string", "integer"].setting]) }
}
