internal import Catchment

/// Tells the rows of a sheet, one after another, as its XML is read.
///
/// Blank rows are passed over, and so is what lies outside of the wanted cells.
final class SheetReader: XMLVisitor {
  typealias Taking = (SheetRow) throws(CatchmentError) -> Void

  private let row: SheetRow
  private let styles: CellStyles
  private let strings: SharedStrings
  private let area: CellRange?
  private let take: Taking

  private var isInData = false
  private var isInCell = false
  private var isInText = false
  private var isSpoken = false
  /// Whether the row says its number.
  private var isNumbered = false
  private var column = -1
  private var style = 0
  private var form = Form.number
  private var start = 0

  /// What the text of a cell is.
  private enum Form { case number, shared, text, boolean, fault, moment }

  /// - Parameters:
  ///   - area: the wanted cells; all without it.
  ///   - take: is given each row, which is valid until it returns.
  init(_ workbook: Workbook, _ area: CellRange?, taking take: @escaping Taking) {
    row = SheetRow(workbook)
    (styles, strings) = (workbook.styles, workbook.strings)
    (self.area, self.take) = (area, take)
  }

  // MARK: Marks

  func begin(_ name: XMLName, _ attributes: XMLAttributes) throws(CatchmentError) {
    if isInCell {
      if name("v") || name("t") { isInText = !isSpoken }
      if name("rPh") { isSpoken = true }
    } else if isInData {
      if name("c") { try beginCell(attributes) } else if name("row") { try beginRow(attributes) }
    } else if name("sheetData") {
      isInData = true
    }
  }

  func end(_ name: XMLName) throws(CatchmentError) {
    if isInCell {
      if name("v") || name("t") { isInText = false }
      if name("rPh") { isSpoken = false }
      if name("c") { try endCell() }
    } else if isInData {
      if name("row") { try endRow() } else if name("sheetData") { isInData = false }
    }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    if isInText { try row.append(bytes) }
  }

  // MARK: Rows

  private func beginRow(_ attributes: XMLAttributes) throws(CatchmentError) {
    var number = row.number + 1
    isNumbered = false
    if let said = attributes["r"] {
      guard let place = Self.number(said), place > 0 else { throw wrong("a row's number", said) }
      (number, isNumbered) = (place, true)
    }
    row.begin(number)
    column = -1
  }

  private func endRow() throws(CatchmentError) {
    if let area, row.number < area.firstRow || row.number > area.lastRow { return }
    if !row.isBlank { try take(row) }
  }

  // MARK: Cells

  private func beginCell(_ attributes: XMLAttributes) throws(CatchmentError) {
    column += 1
    if let place = attributes["r"] { try locate(place) }
    guard column < CellRange.mostColumns else { throw wrong("a cell's column", nil) }
    style = attributes["s"].flatMap(Self.number) ?? 0
    form = try Self.form(attributes["t"])
    start = row.texts.count
    isInCell = true
  }

  private func locate(_ place: UnsafeRawBufferPointer) throws(CatchmentError) {
    guard let cell = CellPlace(place) else { throw wrong("a cell's place", place) }
    column = cell.column
    if !isNumbered { (isNumbered, _) = (true, row.renumber(cell.row)) }
  }

  private static func form(_ type: UnsafeRawBufferPointer?) throws(CatchmentError) -> Form {
    guard let type, !type.isEmpty else { return .number }
    if type.count == 1 {
      switch type[0] {
      case UInt8(ascii: "s"): return .shared
      case UInt8(ascii: "n"): return .number
      case UInt8(ascii: "b"): return .boolean
      case UInt8(ascii: "e"): return .fault
      case UInt8(ascii: "d"): return .moment
      default: break
      }
    }
    // `str` and `inlineStr`; of any other kind the text is what is known.
    return .text
  }

  private func endCell() throws(CatchmentError) {
    isInCell = false
    if let area, !area.columns.contains(column) { return }
    var cell = SheetCell()
    if form == .text { row.unescape(from: start) }
    cell.text = (form == .text ? start..<row.texts.count : trimmed())
    guard !cell.text.isEmpty else { return }
    try row.texts.withBytes { bytes throws(CatchmentError) in
      try fill(&cell, UnsafeRawBufferPointer(rebasing: bytes[cell.text]))
    }
    if cell.kind != .none { row.set(cell, at: column) }
  }

  private func fill(
    _ cell: inout SheetCell, _ text: UnsafeRawBufferPointer
  ) throws(CatchmentError) {
    switch form {
    case .text: cell.kind = .text
    case .fault: cell.kind = .fault
    case .moment: cell.kind = ExcelCalendar.moment(iso: text) == nil ? .fault : .moment
    case .boolean:
      cell.kind = text.count == 1 && (text[0] == 0x30 || text[0] == 0x31) ? .boolean : .fault
      cell.value = text[0] == 0x31 ? 1 : 0
    case .shared:
      guard let number = Self.number(text), let shared = strings.text(number) else {
        throw wrong("a text's number among \(strings.count)", text)
      }
      cell.shared = number
      cell.kind = shared.isEmpty ? .none : .text
    case .number:
      guard let number = CellNumber(text) else {
        cell.kind = .fault
        return
      }
      cell.kind = .number
      (cell.value, cell.whole, cell.meaning) = (number.value, number.whole, styles.meaning(style))
    }
  }

  /// Where the cell's text is without white space around, which means nothing but in texts.
  private func trimmed() -> Range<Int> {
    let bytes = row.texts.bytes
    var (first, end) = (start, bytes.count)
    while first < end, bytes[first] <= 0x20 { first += 1 }
    while end > first, bytes[end - 1] <= 0x20 { end -= 1 }
    return first..<end
  }

  /// A whole number without a sign that is not very large.
  private static func number(_ text: UnsafeRawBufferPointer) -> Int? {
    guard (1...10).contains(text.count) else { return nil }
    var number = 0
    for byte in text {
      guard byte &- 0x30 < 10 else { return nil }
      number = number &* 10 &+ Int(byte &- 0x30)
    }
    return number
  }

  private func wrong(_ what: String, _ text: UnsafeRawBufferPointer?) -> CatchmentError {
    let said = text.map { " \"\(String(decoding: $0.prefix(40), as: UTF8.self))\"" } ?? ""
    return CatchmentError(.failed, "row \(row.number): \(what) is wrong\(said)")
  }
}
