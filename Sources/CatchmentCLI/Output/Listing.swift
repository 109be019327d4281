import DuckDB

/// A short result with a heading for people and a key for scripts over each column.
struct Listing {
  struct Column {
    var heading: String
    var key: String
    var kind: Kind

    init(_ heading: String, _ key: String, _ kind: Kind = .text) {
      self.heading = heading
      self.key = key
      self.kind = kind
    }
  }

  /// How people see a value; scripts get it as it is.
  enum Kind {
    case text, count, money, milliseconds, bytes, minute
    /// A share from 0 to 1.
    case percent
    /// A count that people see only when some row has one.
    case exceptions
    /// Only for scripts.
    case detail
    /// A bar whose full length is the largest value; only on a terminal.
    case bar
    /// A curve of a list of numbers; only on a terminal.
    case curve

    func shown(_ value: Value) -> String {
      switch (self, value) {
      case (_, .null): ""
      case (.count, .double(let number)):
        Int64(exactly: number.rounded()).map { Figures.count($0) } ?? ""
      case (.count, _), (.exceptions, _): value.int64.map { Figures.count($0) } ?? value.description
      case (.money, _): value.double.map(Figures.money) ?? ""
      case (.milliseconds, _): value.double.map { Figures.milliseconds(Int64($0)) } ?? ""
      case (.bytes, _): value.int64.map { Figures.bytes($0) } ?? ""
      case (.minute, _): value.minute
      case (.percent, _): value.double.map { "\(Figures.fixed($0 * 100, 1)) %" } ?? ""
      case (.text, _), (.detail, _), (.bar, _), (.curve, _): value.description.safe
      }
    }

    var isNumber: Bool {
      switch self {
      case .text, .minute, .detail, .bar, .curve: false
      default: true
      }
    }
  }

  let columns: [Column]
  let rows: [[Value]]

  /// Columns without any value are left out: an unknown takes no room.
  func printTable(_ options: GlobalOptions) {
    let isTerminal = Terminal.Stream.output.isTerminal
    let room = isTerminal ? roomForPicture : 0
    let used = columns.indices.filter { isShown($0) && (room > 0 || !isPicture($0)) }
    var table = TextTable(
      used.map { .init(columns[$0].heading, isNumber: columns[$0].kind.isNumber) },
      style: options.style, width: isTerminal ? Terminal.width : nil)
    let fullBar = rows.flatMap { row in bars.compactMap { row[$0].double } }.max() ?? 0
    for row in rows {
      table.add(
        used.map { index in
          isPicture(index)
            ? .init(picture(row[index], columns[index].kind, room, fullBar))
            : .init(columns[index].kind.shown(row[index]))
        })
    }
    table.finish()
  }

  private func picture(_ value: Value, _ kind: Kind, _ room: Int, _ full: Double) -> String {
    guard kind == .curve else { return Figures.bar(value.double ?? 0, of: full, width: room) }
    guard case .list(let values) = value else { return "" }
    return Figures.curve(values.compactMap(\.double), width: room)
  }

  /// How many characters of a line the other columns leave; none when that is too few to tell
  /// anything.
  private var roomForPicture: Int {
    let others = columns.indices.filter { isShown($0) && !isPicture($0) }
    let taken = others.reduce(0) { sum, index in
      let cells = rows.map { columns[index].kind.shown($0[index]).displayWidth }
      return sum + 2 + max(cells.max() ?? 0, columns[index].heading.displayWidth)
    }
    let room = min(Terminal.width - taken, 40)
    return room < 8 ? 0 : room
  }

  private func isPicture(_ index: Int) -> Bool {
    columns[index].kind == .bar || columns[index].kind == .curve
  }

  private var bars: [Int] { columns.indices.filter { columns[$0].kind == .bar } }

  private func isShown(_ index: Int) -> Bool {
    switch columns[index].kind {
    case .detail: false
    case .money, .bar, .curve: rows.contains { !$0[index].isNull }
    case .exceptions: rows.contains { ($0[index].int64 ?? 0) > 0 }
    default: true
    }
  }

  /// The columns that scripts get.
  private var exact: [Int] { columns.indices.filter { !isPicture($0) } }

  func printCSV() {
    var printer = CSVPrinter()
    printer.begin(exact.map { columns[$0].key }, [])
    for row in rows { printer.add(exact.map { row[$0] }) }
  }

  var json: JSON {
    .array(
      rows.map { row in .object(exact.map { JSON.Member(columns[$0].key, JSON(row[$0])) }) })
  }
}
