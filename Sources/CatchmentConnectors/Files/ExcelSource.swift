public import Catchment
internal import CatchmentArchives
internal import DuckDB
internal import Foundation

/// Sheets of Excel workbooks, one a file.
///
/// A column has the type of its first value, unless most of the others are of another: then it is text.
/// Of a column of numbers or dates a cell that is none makes its row a dead letter. Blank rows are passed
/// over.
public struct ExcelSource: FileSource, Configurable {
  public static let kind = "excel"
  public static let summary = "A sheet of Excel workbooks (.xlsx)."
  public static var options: [StepOption<ExcelSource>] {
    FileSet.options.map { $0.within(\.files) } + [
      .optional("sheet", \.sheet, "The sheet's name; the first one without it."),
      .optional(
        "range", \.range,
        "The cells to read, such as A3:F200; without it those from the first to the last in use."),
      .optional("header", \.hasHeader, "Whether the first row has the columns' names."),
      .optional("text", \.isAllText, "Whether every column is text, dates as Excel's numbers."),
    ]
  }

  var files = FileSet()
  private var sheet: String?
  private var range: CellRange?
  private var hasHeader = true
  private var isAllText = false
  public var name: String { Self.kind }
  public var packing: Packing? { Packing([".xlsx"]) }

  public init() {}

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - sheet: its name; nil for the first.
  public init(_ path: String, sheet: String? = nil) {
    files.path = path
    self.sheet = sheet
  }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// Throws `validation` when the file is no workbook, or has no such sheet or nothing in it.
  public func read(
    _ unit: Catchment.Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    try EngineExtension(name: "excel").load(in: bench)
    do throws(CatchmentError) {
      try Self.check(path)
      try Self.checkLimits(path, of: unit)
      let texts = try bench.table("SELECT * FROM \(reader(path, "all_varchar"))")
      let values =
        isAllText ? texts : try bench.table("SELECT * FROM \(reader(path, "ignore_errors"))")
      let rows = try ExcelRows(texts, values, firstLine: firstLine, in: bench)
      return try rows.extracted()
    } catch {
      throw fault(
        error, of: unit, at: path, as: "an Excel workbook",
        hint: "check that it is a whole .xlsx file, and the names of sheet and range")
    }
  }

  private func reader(_ path: String, _ option: String) -> String {
    var arguments = [
      SQL.literal(path), "header = \(hasHeader)", "stop_at_empty = false", "\(option) = true",
    ]
    if let sheet { arguments.append("sheet = \(SQL.literal(sheet))") }
    if let range { arguments.append("range = \(SQL.literal(range.text))") }
    return "read_xlsx(\(arguments.joined(separator: ", ")))"
  }

  /// The number of the first row with values, as far as it is known.
  private var firstLine: Int { (range?.firstRow ?? 1) + (hasHeader ? 1 : 0) }

  /// A workbook is a ZIP archive, and ends with its directory's end; the engine's reader does not come
  /// back from some files that are too short for one.
  private static func check(_ path: String) throws(CatchmentError) {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { file.closeFile() }
      let size = try file.seekToEnd()
      // A comment of 64 KiB may stand behind it.
      try file.seek(toOffset: size > 65_557 ? size - 65_557 : 0)
      let end = try file.readToEnd() ?? Data()
      guard end.range(of: Data([0x50, 0x4B, 0x05, 0x06])) != nil, size >= 22 else {
        throw CatchmentError(.failed, "it is no ZIP archive, or is cut short")
      }
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw CatchmentError(.sourceUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }

  /// The engine unpacks whatever is there, so that a small file could come to more than the disk holds.
  private static func checkLimits(
    _ path: String, of unit: Catchment.Unit
  ) throws(CatchmentError) {
    do throws(CatchmentError) {
      let reader = try ArchiveReader(path, named: unit.path)
      while try reader.next() != nil { try reader.forEach { _ in } }
    } catch  where error.code == .validation {
      throw CatchmentError(
        .validation, error.message, hint: "if that is right, save the sheet as CSV and read that",
        cause: error.cause)
    } catch  where error.code == .sourceUnavailable {
      throw CatchmentError(.failed, error.message, cause: error.cause)
    }
  }
}

extension TableSource where Self == ExcelSource {
  /// A sheet of Excel workbooks; the first one, when none is named.
  public static func excel(_ path: String, sheet: String? = nil) -> ExcelSource {
    ExcelSource(path, sheet: sheet)
  }
}

/// Cells from one corner to another: `A3:F200`.
struct CellRange: OptionValue, Hashable {
  let text: String
  let firstRow: Int

  init(_ setting: Setting) throws(OptionError) {
    let text = try String(setting).uppercased()
    let corners = text.split(separator: ":", omittingEmptySubsequences: false).map(Self.row)
    guard corners.count == 2, let first = corners[0], let last = corners[1], last >= first else {
      throw .expected("two cells such as A3:F200", not: setting)
    }
    (self.text, firstRow) = (text, first)
  }

  private static func row(_ cell: Substring) -> Int? {
    let column = cell.prefix { $0.isASCII && $0.isLetter }
    guard (1...3).contains(column.count) else { return nil }
    let row = Int(cell.dropFirst(column.count))
    return row.flatMap { $0 > 0 ? $0 : nil }
  }

  var setting: Setting { text.setting }
  static var schema: Setting { String.schema }
}
