public import Catchment
internal import DuckDB

/// Files of one JSON object a line; a line that is none becomes a dead letter.
public struct JSONLinesSource: FileSource, Configurable {
  public static let kind = "jsonl"
  public static let summary = "Files of one JSON object a line."
  public static var options: [StepOption<JSONLinesSource>] {
    FileSet.options.map { $0.within(\.files) }
  }

  var files = FileSet()
  public var name: String { Self.kind }
  public var passesRows: Bool { true }
  public var findsColumns: Bool { true }
  public var packing: Packing? { Packing([".jsonl", ".ndjson"]) }

  public init() {}

  /// - Parameter path: a file, a directory or a pattern.
  public init(_ path: String) { files.path = path }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// A file without a fault is read by the engine alone; one with a fault, or with a line of more
  /// than 16 MiB, line by line, so that nothing but the faulty lines is left out.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    do throws(CatchmentError) {
      return try bench.extract(
        """
        SELECT * FROM read_json(\(SQL.literal(path)), format = 'newline_delimited',
          compression = 'uncompressed')
        """)
    } catch  where error.code == .failed || error.code == .configuration {
      return try readLines(path, in: bench)
    }
  }

  private func readLines(
    _ path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let lines = try LineTable(path: path, in: bench).lines
    let judged = try bench.table(
      """
      SELECT line, byte, text, CASE
        WHEN text IS NULL THEN 'not_text' WHEN trim(text) = '' THEN 'blank'
        WHEN NOT json_valid(text) THEN 'json_syntax'
        WHEN json_type(text) <> 'OBJECT' THEN 'not_an_object' END AS fault
      FROM \(lines.sql)
      """)
    let good = try bench.view("SELECT text FROM \(judged.sql) WHERE fault IS NULL ORDER BY line")
    let bad = try bench.query(
      """
      SELECT line, byte, fault, text FROM \(judged.sql)
      WHERE fault IS NOT NULL AND fault <> 'blank' ORDER BY line
      """)
    return Extracted(try JSONRows(good, in: bench).rows(), deadLetters: bad.map(Self.deadLetter))
  }

  private static func deadLetter(_ row: [Value]) -> DeadLetter {
    let code = row[2].text ?? ""
    let message =
      switch code {
      case "not_text": "the line is not UTF-8, or longer than 256 MiB"
      case "not_an_object": "the line is JSON but not an object"
      default: "the line is not JSON"
      }
    return DeadLetter(
      line: Int(row[0].int64 ?? 0), byte: Int(row[1].int64 ?? 0), code: code, message: message,
      record: row[3].text ?? "")
  }
}

extension TableSource where Self == JSONLinesSource {
  /// Files of one JSON object a line.
  public static func jsonl(_ path: String) -> JSONLinesSource { JSONLinesSource(path) }
}
