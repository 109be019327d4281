internal import Catchment

/// What a cell holds.
struct SheetCell {
  enum Kind: UInt8 {
    case none, text, number, boolean
    /// A moment that is written as text.
    case moment
    /// No value, such as `#N/A`, or what is none of its cell's kind.
    case fault
  }

  var kind = Kind.none
  /// What a number means.
  var meaning = NumberMeaning.number
  /// Whether its text is among the shared ones, and else where in the row's.
  var shared: Int?
  var text = 0..<0
  var value = 0.0
  var whole: Int64?
}

/// A row of a sheet while it is read, from its first cell in the wanted columns.
final class SheetRow {
  /// As the sheet counts, from 1.
  fileprivate(set) var number = 0
  /// By their columns, counted from 0 in the sheet.
  fileprivate(set) var cells = ContiguousArray<SheetCell>()
  fileprivate(set) var texts = CellText()
  private let strings: SharedStrings
  private let calendar: ExcelCalendar

  init(_ workbook: Workbook) { (strings, calendar) = (workbook.strings, workbook.calendar) }

  /// Forgets the cells.
  func begin(_ number: Int) {
    self.number = number
    cells.removeAll(keepingCapacity: true)
    texts.removeAll()
  }

  func renumber(_ number: Int) { self.number = number }

  func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) { try texts.append(bytes) }
  func unescape(from start: Int) { texts.unescape(from: start) }

  func set(_ cell: SheetCell, at column: Int) {
    while cells.count <= column { cells.append(SheetCell()) }
    cells[column] = cell
  }

  func cell(_ column: Int) -> SheetCell { column < cells.count ? cells[column] : SheetCell() }

  var isBlank: Bool { cells.allSatisfy { $0.kind == .none } }

  // MARK: What cells mean

  @inline(__always)
  func withText<R, E: Error>(
    of cell: SheetCell, _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    if let shared = cell.shared, let text = strings.text(shared) { return try body(text) }
    return try texts.withBytes { (bytes) throws(E) in
      try body(UnsafeRawBufferPointer(rebasing: bytes[cell.text]))
    }
  }

  /// As the workbook has it.
  func storedText(of cell: SheetCell) -> String {
    withText(of: cell) { String(decoding: $0, as: UTF8.self) }
  }

  /// As people see it: dates in ISO form.
  func plainText(of cell: SheetCell) -> String {
    switch cell.kind {
    case .boolean: cell.value != 0 ? "true" : "false"
    case .number where cell.meaning != .number: moment(of: cell)?.text ?? storedText(of: cell)
    default: storedText(of: cell)
    }
  }

  /// Nil for what is no day or time.
  func moment(of cell: SheetCell) -> ExcelMoment? {
    switch cell.kind {
    case .number: calendar.moment(cell.value, cell.meaning)
    case .moment: withText(of: cell) { ExcelCalendar.moment(iso: $0) }
    default: nil
    }
  }

  func micros(_ moment: ExcelMoment) -> Int64 { calendar.micros(moment) }
}
