import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Testing

/// What came of reading a workbook.
struct WorkbookReading {
  let rows: [String]
  let types: [String]
  /// The row, the column and the text of each.
  let letters: [String]
  let records: [String]

  init(_ workbook: WorkbookFixture, _ options: KeyValuePairs<String, Setting> = [:]) throws {
    try self.init(workbook.bytes, options)
  }

  init(_ bytes: [UInt8], _ options: KeyValuePairs<String, Setting> = [:]) throws {
    let files = try TemporaryDirectory()
    try files.write(bytes, to: "a.xlsx")
    let path = Setting.Entry("path", "\(files.path)/a.xlsx".setting)
    let source = try ExcelSource(
      Setting(.map([path] + options.map { .init($0.key, $0.value) })), in: "a test")
    let bench = try Workbench()
    let unit = try #require(try source.discover().units.first)
    let extracted = try source.read(unit, keptAt: unit.path, in: bench)
    rows = try bench.query("FROM \(extracted.rows.sql)").map { row in
      row.map(\.description).joined(separator: "|")
    }
    types = extracted.rows.columns.map { "\($0.name) \($0.type)" }
    letters = extracted.deadLetters.map { "\($0.line) \($0.column ?? "") \($0.value ?? "")" }
    records = extracted.deadLetters.map(\.record)
  }

  /// Why a workbook is refused: its code and its cause.
  static func refusal(
    _ bytes: [UInt8], _ options: KeyValuePairs<String, Setting> = [:]
  ) throws -> String {
    let error = #expect(throws: CatchmentError.self) { try Self(bytes, options) }
    #expect(error?.code == .validation, "\(error as Any)")
    return error?.cause ?? error?.message ?? ""
  }
}
