public import Catchment
internal import DuckDB

/// Files of comma-separated values, one unit a file.
///
/// The engine finds out the delimiter, the quotes, whether there is a header and the columns' types
/// from the beginning of each file. A row that does not fit becomes a dead letter with its line.
public struct CSVSource: TableSource, Configurable {
  public static let kind = "csv"
  public static let summary = "Files of comma- or otherwise separated values."
  public static var options: [StepOption<CSVSource>] {
    [
      .required(
        "path", \.path,
        "A file, or a directory whose .csv and .tsv files, also .gz and .zst, are read.")
    ]
  }

  private var path = ""
  public var name: String { Self.kind }

  public init() {}

  public mutating func locate(in directory: String) {
    path = Path.joined(path, to: directory)
  }

  /// - Parameter path: a file, or a directory whose `.csv` and `.tsv` files, also compressed with
  ///   gzip or zstd, are read.
  public init(_ path: String) { self.path = path }

  /// The file that was named, or each fitting one of the directory and of those below it.
  ///
  /// Throws `sourceUnavailable` when there is nothing at the path.
  public func discover() throws(CatchmentError) -> Discovery {
    guard FileWalk.absolute(path) != nil else {
      throw CatchmentError(
        .sourceUnavailable, "there is no file or directory \(path)",
        hint: "check the path; it is taken from the directory you are in")
    }
    var walk = FileWalk { file in
      Self.endings.contains { file.hasSuffix($0) }
    }
    walk.visit(root: path)
    return walk.discovery(for: name)
  }

  private static let endings = [".csv", ".tsv"].flatMap { [$0, "\($0).gz", "\($0).zst"] }

  /// Reads the rows of one file; those that do not fit are dead letters.
  ///
  /// The end of the original's name says how it is compressed. Throws `validation` when the file is
  /// no CSV at all.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let rejects = CSVRejects(bench)
    do throws(CatchmentError) {
      let rows = try bench.table(
        """
        SELECT * FROM read_csv(\(SQL.literal(path)), compression = '\(Self.compression(unit.path))',
          \(rejects.options))
        """)
      return Extracted(rows, deadLetters: try rejects.deadLetters())
    } catch  where error.code == .failed || error.code == .configuration {
      throw CatchmentError(
        .validation, "the file cannot be read as CSV", at: .init(file: unit.path),
        hint: "check that it is text with the same columns in every row",
        cause: error.cause ?? error.message)
    }
  }

  private static func compression(_ path: String) -> String {
    if path.hasSuffix(".gz") { return "gzip" }
    return path.hasSuffix(".zst") ? "zstd" : "none"
  }
}

extension TableSource where Self == CSVSource {
  /// A file of comma-separated values, or a directory of them.
  public static func csv(_ path: String) -> CSVSource { CSVSource(path) }
}

/// What the engine's CSV reader could not read, from the tables where it notes it.
private struct CSVRejects {
  private let bench: Workbench

  init(_ bench: Workbench) { self.bench = bench }

  var options: String {
    "store_rejects = true, rejects_table = 'csv_rejects', rejects_scan = 'csv_scans'"
  }

  /// One a line, with the first thing that was wrong with it; the notes are forgotten after.
  func deadLetters() throws(CatchmentError) -> [DeadLetter] {
    let rows = try bench.query(
      """
      SELECT line, min(line_byte_position), lower(arg_min(error_type, column_idx)::VARCHAR),
        arg_min(error_message, column_idx), any_value(csv_line)
      FROM csv_rejects GROUP BY line ORDER BY line
      """)
    try bench.execute("DROP TABLE csv_rejects; DROP TABLE csv_scans")
    return rows.map { row in
      DeadLetter(
        line: Int(row[0].int64 ?? 0), byte: max(Int(row[1].int64 ?? 1) - 1, 0),
        code: (row[2].text ?? "").replacing(" ", with: "_"), message: row[3].text ?? "",
        record: row[4].text ?? "")
    }
  }
}
