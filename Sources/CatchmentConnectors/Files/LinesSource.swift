public import Catchment
internal import DuckDB

/// The lines of text files, each a row with its number.
public struct LinesSource: FileSource, Configurable {
  public static let kind = "lines"
  public static let summary = "Text files, a row a line: its number and its text."
  public static var options: [StepOption<LinesSource>] {
    FileSet.options.map { $0.within(\.files) }
  }

  var files = FileSet()
  public var name: String { Self.kind }
  public var packing: Packing? { Packing([".txt", ".log", ".md"]) }

  public init() {}

  /// - Parameter path: a file, a directory or a pattern.
  public init(_ path: String) { files.path = path }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// A line that is not UTF-8 is a dead letter.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let lines = try LineTable(path: path, in: bench).lines
    let rows = try bench.table("SELECT line, byte, text FROM \(lines.sql)")
    let bad = try bench.query(
      "SELECT line, byte FROM \(rows.sql) WHERE text IS NULL ORDER BY line")
    return Extracted(
      try bench.view("SELECT line, text FROM \(rows.sql) WHERE text IS NOT NULL"),
      deadLetters: bad.map { row in
        DeadLetter(
          line: Int(row[0].int64 ?? 0), byte: Int(row[1].int64 ?? 0), code: "not_text",
          message: "the line is not UTF-8, or longer than 256 MiB", record: "")
      })
  }
}

extension TableSource where Self == LinesSource {
  /// The lines of text files.
  public static func lines(_ path: String) -> LinesSource { LinesSource(path) }
}
