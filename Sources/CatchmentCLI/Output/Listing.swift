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
    /// A bar whose full length is the largest value; only for people.
    case bar

    func shown(_ value: Value) -> String {
      switch (self, value) {
      case (_, .null): ""
      case (.count, _), (.exceptions, _): value.int64.map { Figures.count($0) } ?? value.description
      case (.money, _): value.double.map(Figures.money) ?? ""
      case (.milliseconds, _): value.double.map { Figures.milliseconds(Int64($0)) } ?? ""
      case (.bytes, _): value.int64.map { Figures.bytes($0) } ?? ""
      case (.minute, _): value.minute
      case (.percent, _): value.double.map { "\(Figures.fixed($0 * 100, 1)) %" } ?? ""
      case (.text, _), (.detail, _), (.bar, _): value.description.safe
      }
    }

    var isNumber: Bool {
      switch self {
      case .text, .minute, .detail, .bar: false
      default: true
      }
    }
  }

  let columns: [Column]
  let rows: [[Value]]

  /// Columns without any value are left out: an unknown takes no room.
  func printTable(_ options: GlobalOptions) {
    let used = columns.indices.filter(isShown)
    let isTerminal = Terminal.Stream.output.isTerminal
    var table = TextTable(
      used.map { .init(columns[$0].heading, isNumber: columns[$0].kind.isNumber) },
      style: options.style, width: isTerminal ? Terminal.width : nil)
    let fullBar = rows.flatMap { row in bars.compactMap { row[$0].double } }.max() ?? 0
    for row in rows {
      table.add(
        used.map { index in
          columns[index].kind == .bar
            ? .init(Figures.bar(row[index].double ?? 0, of: fullBar))
            : .init(columns[index].kind.shown(row[index]))
        })
    }
    table.finish()
  }

  private var bars: [Int] { columns.indices.filter { columns[$0].kind == .bar } }

  private func isShown(_ index: Int) -> Bool {
    switch columns[index].kind {
    case .detail: false
    case .money, .bar: rows.contains { !$0[index].isNull }
    case .exceptions: rows.contains { ($0[index].int64 ?? 0) > 0 }
    default: true
    }
  }

  /// The columns that scripts get.
  private var exact: [Int] { columns.indices.filter { columns[$0].kind != .bar } }

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
