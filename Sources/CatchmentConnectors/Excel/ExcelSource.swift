public import Catchment
internal import DuckDB
internal import Foundation

/// Sheets of Excel workbooks, one a file.
///
/// A column has the type of its first value, unless most of the others are of another: then it is text.
/// Of a column of numbers or dates a cell that is none makes its row a dead letter. Blank rows are passed
/// over. The sheet is read twice, row by row: for what its columns are, and for its rows.
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
  public var passesRows: Bool { true }
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
    do throws(CatchmentError) {
      let workbook = try Workbook(
        WorkbookPackage(path: path, name: unit.path),
        scratch: bench.spill.isEmpty ? NSTemporaryDirectory() : bench.spill)
      return try table(workbook).extracted(in: bench)
    } catch {
      throw fault(
        error, of: unit, at: path, as: "an Excel workbook",
        hint: "check that it is a whole .xlsx file, and the names of sheet and range")
    }
  }

  private func table(_ workbook: Workbook) throws(CatchmentError) -> AheadTable {
    let part = try workbook.part(ofSheet: sheet)
    let survey = SheetSurvey(range, hasHeader: hasHeader, isAllText: isAllText)
    let reader = SheetReader(workbook, range) { row throws(CatchmentError) in survey.take(row) }
    try workbook.stream(part, telling: reader).readAll()
    let table = try survey.table()
    return AheadTable(columns: table.columns.map(\.field)) {
      [range] outcome throws(CatchmentError) in
      let rows = try SheetRows(workbook, part, range, table, outcome)
      return { () throws(CatchmentError) in try rows.next() }
    }
  }
}

extension TableSource where Self == ExcelSource {
  /// A sheet of Excel workbooks; the first one, when none is named.
  public static func excel(_ path: String, sheet: String? = nil) -> ExcelSource {
    ExcelSource(path, sheet: sheet)
  }
}
