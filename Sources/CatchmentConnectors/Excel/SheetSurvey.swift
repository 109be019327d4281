internal import Catchment

/// Looks through all rows of a sheet for what its columns are.
final class SheetSurvey {
  private let area: CellRange?
  private let hasHeader: Bool
  private let isAllText: Bool
  private var header: [Int: String]?
  private var headerRow: Int?
  private var firstRow: Int?
  /// By their columns in the sheet.
  private var counts = ContiguousArray<ColumnCounts>()
  /// The columns in use.
  private var used: ClosedRange<Int>?

  init(_ area: CellRange?, hasHeader: Bool, isAllText: Bool) {
    (self.area, self.hasHeader, self.isAllText) = (area, hasHeader, isAllText)
  }

  func take(_ row: SheetRow) {
    use(row)
    if hasHeader, header == nil, row.number == area?.firstRow ?? row.number {
      headerRow = row.number
      header = [:]
      for (column, cell) in row.cells.enumerated() where cell.kind != .none {
        header?[column] = row.plainText(of: cell)
      }
      return
    }
    // A header that is blank is one.
    header = header ?? [:]
    for column in row.cells.indices where row.cells[column].kind != .none {
      counts[column].add(row.cells[column], of: row)
    }
  }

  private func use(_ row: SheetRow) {
    firstRow = firstRow ?? row.number
    while counts.count < row.cells.count { counts.append(ColumnCounts()) }
    guard let first = row.cells.firstIndex(where: { $0.kind != .none }) else { return }
    let last = row.cells.count - 1
    used = min(used?.lowerBound ?? first, first)...max(used?.upperBound ?? last, last)
  }

  /// Throws `failed` when there was nothing.
  func table() throws(CatchmentError) -> SheetTable {
    guard let used, let firstRow else {
      throw CatchmentError(.failed, "there is nothing in \(area?.text ?? "the sheet")")
    }
    let places = area?.columns ?? used
    let names = places.map { column in
      hasHeader
        ? header?[column] ?? "" : "\(CellPlace.letters(column))\(area?.firstRow ?? firstRow)"
    }
    let columns = zip(places, ColumnNames.unique(names)).map { column, name in
      let count = column < counts.count ? counts[column] : ColumnCounts()
      return SheetColumn(name: name, place: column, type: isAllText ? .storedText : count.type)
    }
    return SheetTable(columns: columns, headerRow: headerRow)
  }
}

/// What the cells of a column are.
private struct ColumnCounts {
  private var filled = 0
  private var (numbers, booleans, moments) = (0, 0, 0)
  private var isWhole = true
  private var (areDays, areClocks) = (true, true)
  /// The type of the first value.
  private var first: First?

  private enum First { case text, number, boolean, moment }

  mutating func add(_ cell: SheetCell, of row: SheetRow) {
    filled += 1
    if first == nil { first = Self.first(cell) }
    switch cell.kind {
    case .number:
      numbers += 1
      if cell.whole == nil { isWhole = false }
    case .boolean: booleans += 1
    case .none, .text, .moment, .fault: break
    }
    guard first == .moment, let moment = row.moment(of: cell) else { return }
    moments += 1
    if !moment.isWholeDay { areDays = false }
    if !moment.isClock { areClocks = false }
  }

  private static func first(_ cell: SheetCell) -> First? {
    switch cell.kind {
    case .none, .fault: nil
    case .text: .text
    case .boolean: .boolean
    case .moment: .moment
    case .number: cell.meaning == .number ? .number : .moment
    }
  }

  var type: SheetColumn.Kind {
    switch first {
    case .number where 2 * numbers >= filled: isWhole ? .whole : .number
    case .boolean where 2 * booleans >= filled: .boolean
    case .moment where 2 * moments >= filled:
      areClocks ? .time : areDays ? .date : .timestamp
    default: .text
    }
  }
}

/// Names of columns, each of which is there once, as the engine makes them of a file of CSV.
enum ColumnNames {
  static func unique(_ names: [String]) -> [String] {
    let width = "\(max(names.count - 1, 0))".count
    var found: Set<String> = []
    var repeated: [String: Int] = [:]
    return names.enumerated().map { place, said in
      let digits = "\(place)"
      let zeros = String(repeating: "0", count: width - digits.count)
      let name = said.isEmpty ? "column\(zeros)\(digits)" : said
      var unique = name
      while !found.insert(unique.lowercased()).inserted {
        let count = repeated[name.lowercased(), default: 0] + 1
        repeated[name.lowercased()] = count
        unique = "\(name)_\(count)"
      }
      return unique
    }
  }
}
