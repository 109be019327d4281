public import Catchment
internal import DuckDB

/// Files of comma-separated values, one unit a file.
///
/// What is not said the engine finds out from the beginning of each file: the delimiter, the quotes,
/// whether there is a header, the columns' types. A row that does not fit becomes a dead letter with
/// its line.
public struct CSVSource: FileSource, Configurable {
  public static let kind = "csv"
  public static let summary = "Files of comma- or otherwise separated values."
  public static var options: [StepOption<CSVSource>] {
    FileSet.options.map { $0.within(\.files) } + [
      .optional("delimiter", \.delimiter, "What stands between values; found out without it."),
      .optional("quote", \.quote, "The mark around values that hold the delimiter."),
      .optional("escape", \.escape, "The mark before a quote in a value."),
      .optional("header", \.header, "Whether the first row has names; found out without it."),
      .optional("skip", \.skip, "Lines before the header that are passed over."),
      .optional("comment", \.comment, "A mark at the beginning of lines that are passed over."),
      .optional("encoding", \.encoding, "The files' encoding."),
      .optional("nulls", \.nulls, "Words that stand for no value."),
      .optional("text", \.isAllText, "Whether every column is text, whatever it looks like."),
      .optional("types", \.types, "Types of columns by name, such as id: BIGINT."),
    ]
  }

  /// Encodings that the engine reads.
  public enum Encoding: String, OptionWord, Hashable {
    case utf8 = "utf-8"
    case latin1 = "latin-1"
    case utf16 = "utf-16"
  }

  var files = FileSet()
  private var delimiter: String?
  private var quote: String?
  private var escape: String?
  private var header: Bool?
  private var skip = 0
  private var comment: String?
  private var encoding = Encoding.utf8
  private var nulls: [String] = []
  private var isAllText = false
  private var types = NamedValues<String>()
  public var name: String { Self.kind }
  public var passesRows: Bool { true }
  public var packing: Packing? { Packing([".csv", ".tsv"], own: [".gz", ".zst"]) }

  public init() {}

  /// - Parameter path: a file, a directory whose `.csv` and `.tsv` files, packed or not, are read, or a
  ///   pattern.
  public init(_ path: String) { files.path = path }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  /// Throws `sourceUnavailable` when there is nothing at the path.
  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// What is found out from the beginning of the file.
  public func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    let arguments = [SQL.literal(path)] + (try dialect(of: unit, at: path, in: bench))
    let found = try bench.query(
      """
      SELECT Delimiter, Quote, HasHeader, SkipRows
      FROM sniff_csv(\(arguments.joined(separator: ", ")))
      """)
    guard let row = found.first else { return nil }
    let delimiter = row[0].text == "\t" ? "tab" : row[0].description
    let parts = [
      "delimiter \(delimiter)", "quote \(row[1])",
      row[2].boolean == true ? "header" : "no header",
      row[3].int64 ?? 0 > 0 ? "\(row[3]) lines skipped" : "",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  /// Reads the rows of one file; those that do not fit are dead letters.
  ///
  /// The end of the original's name says how it is compressed. Throws `validation` when the file is
  /// no CSV at all.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    do throws(CatchmentError) {
      let arguments =
        [SQL.literal(path)] + (try dialect(of: unit, at: path, in: bench)) + [CSVRejects.options]
      return try bench.extract(
        "SELECT * FROM read_csv(\(arguments.joined(separator: ", ")))",
        deadLetters: CSVRejects.deadLetters)
    } catch {
      throw fault(
        error, of: unit, at: path, as: "CSV",
        hint: error.cause?.contains("max_line_size") == true
          ? "a line may have 2 MB: a quote may be missing; else take the value out of the file"
          : "check that it is text with the same columns in every row")
    }
  }

  /// What was said of the files, and what the engine would not find out of this one.
  private func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> [String] {
    let said = dialect(of: unit)
    guard Self.compression(unit.plainPath) == "none", encoding == .utf8 else { return said }
    let head = try CSVHead(path)
    guard !head.isUTF16OfOtherOrder else {
      throw CatchmentError(
        .failed, "it is UTF-16 with the higher byte first, which is not read; make it UTF-8")
    }
    if head.isUTF16 { return said + ["encoding = 'utf-16'"] }
    guard quote == nil, head.hasQuotes,
      let quoting = try quoting(head, [SQL.literal(path)] + said, in: bench)
    else { return said }
    return dialect(of: unit, isShaped: true) + quoting
  }

  /// When a quote stands where none may, the engine finds that values have no quotes; the whole dialect
  /// is said then, and such a row becomes a dead letter.
  private func quoting(
    _ head: CSVHead, _ arguments: [String], in bench: Workbench
  ) throws(CatchmentError) -> [String]? {
    let columns = try bench.query(
      """
      SELECT d, h, s, trim(c.name, '"'), c.type FROM (
        SELECT Delimiter AS d, HasHeader AS h, SkipRows AS s, unnest(Columns) AS c
        FROM sniff_csv(\(arguments.joined(separator: ", ")), ignore_errors = true)
        WHERE Quote IN ('', '(empty)'))
      """)
    guard let first = columns.first, let delimiter = first[0].text, let mark = delimiter.utf8.first,
      head.hasQuotedValue(delimiter: mark)
    else { return nil }
    let shape = zip(TableChoice.distinct(columns.map { $0[3].text ?? "" }), columns)
      .map { "\(SQL.literal($0)): \(SQL.literal($1[4].text ?? "VARCHAR"))" }
    var said = [
      "auto_detect = false", "quote = '\"'", "columns = {\(shape.joined(separator: ", "))}",
    ]
    if escape == nil { said.append("escape = '\"'") }
    if self.delimiter == nil { said.append("delim = \(SQL.literal(delimiter))") }
    if header == nil { said.append("header = \(first[1].boolean == true)") }
    if skip == 0, let lines = first[2].int64, lines > 0 { said.append("skip = \(lines)") }
    return said
  }

  /// What was said of the files, as arguments of the engine's reader.
  ///
  /// - Parameter isShaped: whether the columns with their types are said otherwise.
  private func dialect(of unit: Unit, isShaped: Bool = false) -> [String] {
    var arguments = ["compression = '\(Self.compression(unit.plainPath))'"]
    func say(_ name: String, _ text: String?) {
      if let text { arguments.append("\(name) = \(SQL.literal(text))") }
    }
    say("delim", delimiter)
    say("quote", quote)
    say("escape", escape)
    say("comment", comment)
    if encoding != .utf8 { say("encoding", encoding.rawValue) }
    if let header { arguments.append("header = \(header)") }
    if skip > 0 { arguments.append("skip = \(skip)") }
    if isAllText, !isShaped { arguments.append("all_varchar = true") }
    if !nulls.isEmpty {
      arguments.append("nullstr = [\(nulls.map(SQL.literal).joined(separator: ", "))]")
    }
    if !types.members.isEmpty, !isShaped {
      let pairs = types.members.map { "\(SQL.literal($0.name)): \(SQL.literal($0.value))" }
      arguments.append("types = {\(pairs.joined(separator: ", "))}")
    }
    return arguments
  }

  private static func compression(_ path: String) -> String {
    let name = path.lowercased()
    if name.hasSuffix(".gz") { return "gzip" }
    return name.hasSuffix(".zst") ? "zstd" : "none"
  }
}

extension TableSource where Self == CSVSource {
  /// A file of comma-separated values, or a directory of them.
  public static func csv(_ path: String) -> CSVSource { CSVSource(path) }
}
