import ArgumentParser
import DuckDB

/// How the rows of a query are printed.
enum RowFormat: String, CaseIterable, ExpressibleByArgument {
  case table, csv, json, jsonl

  func printer(_ options: GlobalOptions) -> any RowPrinter {
    switch self {
    case .table: TablePrinter(options)
    case .csv: CSVPrinter()
    case .json: JSONPrinter(isLines: false)
    case .jsonl: JSONPrinter(isLines: true)
    }
  }
}

/// Prints rows as they come.
protocol RowPrinter {
  mutating func begin(_ names: [String], _ types: [LogicalType])
  mutating func add(_ row: [Value])
  mutating func end()
}

/// For people: columns that line up, cut to the screen when there is one.
struct TablePrinter: RowPrinter {
  private let options: GlobalOptions
  private var table: TextTable

  init(_ options: GlobalOptions) {
    self.options = options
    table = TextTable([], style: options.style)
  }

  mutating func begin(_ names: [String], _ types: [LogicalType]) {
    let columns = zip(names, types).map {
      TextTable.Column($0.safe, isNumber: $1.isNumber)
    }
    let width = Terminal.Stream.output.isTerminal ? Terminal.width : nil
    table = TextTable(columns, style: options.style, width: width)
  }

  mutating func add(_ row: [Value]) {
    table.add(row.map { $0.isNull ? .null : .init($0.description.safe) })
  }

  mutating func end() {
    table.finish()
    if !options.quiet { Output.note(options.style.dim("(\(Figures.of(table.rowCount, "row")))")) }
  }
}

/// As RFC 4180 has it, except that lines end in LF, which is what the tools of a shell expect.
///
/// A null is an empty field, an empty text `""`.
struct CSVPrinter: RowPrinter {
  mutating func begin(_ names: [String], _ types: [LogicalType]) { write(names.map(Self.quoted)) }

  mutating func add(_ row: [Value]) {
    write(row.map { $0.isNull ? "" : Self.quoted($0.description) })
  }

  mutating func end() {}

  private func write(_ fields: [String]) { Output.data(fields.joined(separator: ",") + "\n") }

  static func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { !#"",\#r\#n"#.utf8.contains($0) }
    return isPlain ? text : "\"\(text.replacing("\"", with: "\"\""))\""
  }
}

/// An array of objects, or an object a line.
struct JSONPrinter: RowPrinter {
  let isLines: Bool
  private var columns: [(name: String, type: LogicalType)] = []
  private var count = 0

  init(isLines: Bool) { self.isLines = isLines }

  mutating func begin(_ names: [String], _ types: [LogicalType]) {
    columns = Array(zip(names, types))
    if !isLines { Output.data("[") }
  }

  mutating func add(_ row: [Value]) {
    let object = JSON.object(
      zip(columns, row).map { JSON.Member($0.name, JSON($1, as: $0.type)) })
    if !isLines { Output.data(count == 0 ? "\n" : ",\n") }
    count += 1
    Output.data(object.description)
    if isLines { Output.line() }
  }

  mutating func end() {
    if !isLines { Output.line(count == 0 ? "]" : "\n]") }
  }
}

extension LogicalType {
  /// Whether its values stand on the right of a column.
  var isNumber: Bool {
    switch self {
    case .tinyint, .smallint, .integer, .bigint, .hugeint, .utinyint, .usmallint, .uinteger,
      .ubigint, .uhugeint, .bignum, .float, .double, .decimal:
      true
    default: false
    }
  }
}
