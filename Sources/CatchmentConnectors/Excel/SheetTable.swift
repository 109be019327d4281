internal import Catchment
internal import DuckDB
internal import JSONTape

/// The columns of a sheet as a table has them.
struct SheetTable: Sendable {
  let columns: [SheetColumn]
  /// The row that has the columns' names.
  let headerRow: Int?
}

/// A column of a sheet.
struct SheetColumn: Sendable {
  enum Kind {
    /// Text as people see it, or as the workbook has it.
    case text, storedText
    case whole, number, boolean, date, time, timestamp
  }

  let name: String
  /// Counted from 0 in the sheet.
  let place: Int
  let type: Kind

  var field: LogicalType.Field {
    let logical: LogicalType =
      switch type {
      case .text, .storedText: .varchar
      case .whole: .bigint
      case .number: .double
      case .boolean: .boolean
      case .date: .date
      case .time: .time
      case .timestamp: .timestamp
      }
    return LogicalType.Field(name, logical)
  }

  /// Writes a row's cell into a column of the chunk; false when it is none of the column's values.
  func write(_ row: SheetRow, into chunk: ChunkBuilder, at index: Int) -> Bool {
    let cell = row.cell(place)
    if cell.kind == .none { return true }
    switch type {
    case .storedText: row.withText(of: cell) { chunk.setText(index, $0) }
    case .text: writeText(cell, row, chunk, index)
    case .whole:
      guard cell.kind == .number, let whole = cell.whole else { return false }
      chunk.set(index, whole)
    case .number:
      guard cell.kind == .number else { return false }
      chunk.set(index, cell.value)
    case .boolean:
      guard cell.kind == .boolean else { return false }
      chunk.set(index, cell.value != 0)
    case .date, .time, .timestamp:
      guard let moment = row.moment(of: cell) else { return false }
      writeMoment(moment, row, chunk, index)
    }
    return true
  }

  private func writeText(_ cell: SheetCell, _ row: SheetRow, _ chunk: ChunkBuilder, _ index: Int) {
    if cell.kind == .boolean || cell.kind == .number && cell.meaning != .number {
      chunk.setText(index, row.plainText(of: cell))
    } else {
      row.withText(of: cell) { chunk.setText(index, $0) }
    }
  }

  private func writeMoment(
    _ moment: ExcelMoment, _ row: SheetRow, _ chunk: ChunkBuilder, _ index: Int
  ) {
    switch type {
    case .date: chunk.set(index, Int64(moment.days))
    case .time: chunk.set(index, moment.micros)
    default: chunk.setTimestamp(index, row.micros(moment))
    }
  }
}

/// Reads a sheet's rows into chunks for the engine.
///
/// One thread uses it. Memory is that of a few chunks.
final class SheetRows {
  private let table: SheetTable
  private let outcome: ReadOutcome
  private let chunk: ChunkBuilder
  private var ready: [FilledChunk] = []
  private var stream: XMLStream?

  init(
    _ workbook: Workbook, _ part: String, _ area: CellRange?, _ table: SheetTable,
    _ outcome: ReadOutcome
  ) throws(CatchmentError) {
    (self.table, self.outcome) = (table, outcome)
    chunk = ChunkBuilder(table.columns.map(\.field.type))
    let reader = SheetReader(workbook, area) { [unowned self] row throws(CatchmentError) in
      try take(row)
    }
    stream = try workbook.stream(part, telling: reader)
  }

  /// The next rows; nil behind the last.
  func next() throws(CatchmentError) -> FilledChunk? {
    while ready.isEmpty, let open = stream {
      if try !open.advance() {
        stream = nil
        if chunk.row > 0 { ready.append(chunk.finish(rowCount: chunk.row)) }
      }
    }
    return ready.isEmpty ? nil : ready.removeFirst()
  }

  private func take(_ row: SheetRow) throws(CatchmentError) {
    guard row.number != table.headerRow else { return }
    for (index, column) in table.columns.enumerated()
    where !column.write(row, into: chunk, at: index) {
      chunk.abandonRow()
      outcome.add(letter(row, column))
      return
    }
    do throws(DuckDBError) { try chunk.endRow() } catch {
      throw CatchmentError(.failed, "row \(row.number) cannot be read", cause: error.message)
    }
    if chunk.row == chunk.capacity { ready.append(chunk.finish(rowCount: chunk.row)) }
  }

  private func letter(_ row: SheetRow, _ column: SheetColumn) -> DeadLetter {
    let value = row.plainText(of: row.cell(column.place))
    let members = table.columns.map { column in
      let cell = row.cell(column.place)
      let text = cell.kind == .none ? "null" : JSONString.quoted(row.plainText(of: cell))
      return "\(JSONString.quoted(column.name)):\(text)"
    }
    return DeadLetter(
      line: row.number, byte: 0, code: "cast",
      message: "\"\(value.prefix(80))\" is not what the column's other cells are",
      record: "{\(members.joined(separator: ","))}", column: column.name, value: value)
  }
}
