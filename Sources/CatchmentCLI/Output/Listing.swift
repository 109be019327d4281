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

    func shown(_ value: Value) -> String {
      switch (self, value) {
      case (_, .null): ""
      case (.count, _): value.int64.map { Figures.count($0) } ?? value.description
      case (.money, _): value.double.map(Figures.money) ?? ""
      case (.milliseconds, _): value.double.map { Figures.milliseconds(Int64($0)) } ?? ""
      case (.bytes, _): value.int64.map { Figures.bytes($0) } ?? ""
      case (.minute, _): value.minute
      case (.text, _): value.description.safe
      }
    }

    var isNumber: Bool {
      switch self {
      case .text, .minute: false
      default: true
      }
    }
  }

  let columns: [Column]
  let rows: [[Value]]

  /// Columns without any value are left out: an unknown takes no room.
  func printTable(_ options: GlobalOptions) {
    let used = columns.indices.filter { index in
      columns[index].kind != .money || rows.contains { !$0[index].isNull }
    }
    let isTerminal = Terminal.Stream.output.isTerminal
    var table = TextTable(
      used.map { .init(columns[$0].heading, isNumber: columns[$0].kind.isNumber) },
      style: options.style, width: isTerminal ? Terminal.width : nil)
    for row in rows { table.add(used.map { .init(columns[$0].kind.shown(row[$0])) }) }
    table.finish()
  }

  func printCSV() {
    var printer = CSVPrinter()
    printer.begin(columns.map(\.key), [])
    for row in rows { printer.add(row) }
  }

  var json: JSON {
    .array(rows.map { row in .object(zip(columns, row).map { JSON.Member($0.key, JSON($1)) }) })
  }
}
