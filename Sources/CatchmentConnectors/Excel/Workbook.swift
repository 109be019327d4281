internal import Catchment

/// What a workbook says of itself, beside its sheets' cells.
struct Workbook: Sendable {
  let package: WorkbookPackage
  let styles: CellStyles
  let strings: SharedStrings
  let calendar: ExcelCalendar
  private let sheets: [Sheet]

  private struct Sheet {
    var name: String
    var part: String
  }

  /// - Parameter scratch: a directory for what is too large for memory.
  init(_ package: WorkbookPackage, scratch: String) throws(CatchmentError) {
    self.package = package
    try package.check()
    guard
      let part = try package.relations(of: "").first(where: { $0.kind == "officeDocument" })?.target
    else { throw CatchmentError(.failed, "it names no part that is a workbook") }
    guard !part.hasSuffix(".bin") else {
      throw CatchmentError(.failed, "it is a binary workbook (.xlsb); save it as .xlsx")
    }
    let list = WorkbookVisitor()
    guard try package.read(part, telling: list) else {
      throw CatchmentError(.failed, "its part \(part) is missing")
    }
    let relations = try package.relations(of: part)
    func parts(_ kind: String) -> [PartRelation] { relations.filter { $0.kind == kind } }
    let worksheets = Dictionary(
      parts("worksheet").map { ($0.id, $0.target) }, uniquingKeysWith: { first, _ in first })
    sheets = list.sheets.compactMap { sheet in
      worksheets[sheet.id].map { Sheet(name: sheet.name, part: $0) }
    }
    calendar = ExcelCalendar(isFrom1904: list.isFrom1904)
    styles = try CellStyles(parts("styles").first?.target, of: package)
    strings = try SharedStrings(
      parts("sharedStrings").first?.target, of: package, scratch: scratch)
  }

  /// The part that has a sheet's cells; the first sheet's without a name.
  func part(ofSheet name: String?) throws(CatchmentError) -> String {
    guard let name else {
      guard let first = sheets.first else {
        throw CatchmentError(.failed, "it has no sheet of cells")
      }
      return first.part
    }
    let found =
      sheets.first { $0.name == name }
      ?? sheets.first { $0.name.lowercased() == name.lowercased() }
    guard let found else {
      let names = sheets.map { "\"\($0.name)\"" }.joined(separator: ", ")
      throw CatchmentError(
        .failed, "there is no sheet \"\(name)\"; there \(sheets.count == 1 ? "is" : "are") \(names)"
      )
    }
    return found.part
  }

  /// A sheet's cells at their beginning, to be told row by row.
  func stream(
    _ part: String, telling reader: SheetReader
  ) throws(CatchmentError) -> XMLStream {
    guard let stream = try package.stream(of: part, telling: reader) else {
      throw CatchmentError(.failed, "its part \(part) is missing")
    }
    return stream
  }
}

private final class WorkbookVisitor: XMLVisitor {
  private(set) var sheets: [(name: String, id: String)] = []
  private(set) var isFrom1904 = false

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    if name("workbookPr") { isFrom1904 = attributes.flag("date1904") }
    guard name("sheet"), let sheet = attributes.string("name"), let id = attributes.string("id")
    else { return }
    sheets.append((sheet, id))
  }

  func end(_ name: XMLName) {}
  func text(_ bytes: UnsafeRawBufferPointer) {}
}
