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
  public var findsColumns: Bool { true }
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
    let form = try form(of: unit, at: path).said
    guard let found = try CSVDialect([SQL.literal(path)] + form + dialect, in: bench) else {
      return nil
    }
    let parts = [
      "delimiter \(found.delimiter == "\t" ? "tab" : found.delimiter)",
      "quote \(found.hasQuotes ? found.quote : "(empty)")",
      found.isHeader ? "header" : "no header",
      found.skipped > 0 ? "\(found.skipped) lines skipped" : "",
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
      let arguments = try arguments(of: unit, at: path, in: bench)
      return try bench.extract(
        "SELECT * FROM read_csv(\(arguments.joined(separator: ", ")))",
        deadLetters: CSVRejects.deadLetters)
    } catch {
      throw fault(error, of: unit, at: path, as: "CSV", hint: try hint(error, of: unit, at: path))
    }
  }

  private func hint(
    _ error: CatchmentError, of unit: Unit, at path: String
  ) throws(CatchmentError) -> String {
    if error.cause?.contains("Maximum line size") == true {
      return "a line may have 2 MB: a quote may be missing; else take the value out of the file"
    }
    if Self.compression(unit.plainPath) == "none", try CSVHead(path).hasMixedLineEnds {
      return "some of its lines end with CR LF and some with LF: make them one kind, such as with "
        + "sed 's/\\r$//'"
    }
    return "check that it is text with the same columns in every row; what it does not tell can be "
      + "said, such as delimiter, quote, skip and encoding"
  }

  /// The arguments of the engine's reader for a file, with what it finds out of it.
  private func arguments(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> [String] {
    let (form, head) = try form(of: unit, at: path)
    let (first, last) = ([SQL.literal(path)] + form, [CSVRejects.options])
    guard let found = try CSVDialect(first + dialect + last, in: bench) else {
      return first + dialect + last
    }
    // When a quote stands where none may, the engine finds that values have no quotes; such a row becomes a
    // dead letter then.
    let isQuoted = quote == nil && !found.hasQuotes && head?.hasQuotes(found.delimiter) == true
    let quoting = isQuoted ? (mark: "\"", escape: escape ?? "\"") : nil
    return first + found.arguments(quoting) + last
  }

  /// What is never found out, and the beginning of a file whose quotes the engine cannot be trusted with.
  private func form(
    of unit: Unit, at path: String
  ) throws(CatchmentError) -> (said: [String], head: CSVHead?) {
    let compression = Self.compression(unit.plainPath)
    var said = ["compression = '\(compression)'"]
    if !nulls.isEmpty {
      said.append("nullstr = [\(nulls.map(SQL.literal).joined(separator: ", "))]")
    }
    guard encoding == .utf8 else { return (said + ["encoding = '\(encoding.rawValue)'"], nil) }
    guard compression == "none" else { return (said, nil) }
    let head = try CSVHead(path)
    guard !head.isUTF16OfOtherOrder else {
      throw CatchmentError(
        .failed, "it is UTF-16 with the higher byte first, which is not read; make it UTF-8")
    }
    return head.isUTF16 ? (said + ["encoding = 'utf-16'"], nil) : (said, head)
  }

  /// What was said that would be found out else.
  private var dialect: [String] {
    var arguments: [String] = []
    func say(_ name: String, _ text: String?) {
      if let text { arguments.append("\(name) = \(SQL.literal(text))") }
    }
    say("delim", delimiter)
    say("quote", quote)
    say("escape", escape)
    say("comment", comment)
    if let header { arguments.append("header = \(header)") }
    if skip > 0 { arguments.append("skip = \(skip)") }
    if isAllText { arguments.append("all_varchar = true") }
    if !types.members.isEmpty {
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
