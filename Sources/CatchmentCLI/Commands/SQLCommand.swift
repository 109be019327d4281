import ArgumentParser
import Catchment
import DuckDB
import Foundation

struct SQLCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql",
    abstract: "Ask the warehouse in SQL.",
    discussion: """
      Any SQL that DuckDB knows, several statements too, with `;` between them. The warehouse is
      opened to read only; --write allows changes. Instants are shown in UTC.

      Examples:
        catchment sql "SELECT role, count(*) FROM messages GROUP BY role"
        catchment sql --format csv "FROM conversations" > conversations.csv
        echo "SHOW TABLES" | catchment sql -
      """)

  @Argument(help: "The statements, or `-` to read them from stdin.")
  var query: String

  @Option(help: "How rows are printed: table, csv, json or jsonl.")
  var format: RowFormat = .table

  @Flag(help: "Allow statements that change the warehouse.")
  var write = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let sql = try text
    let reader = try WarehouseReader(options, isReadOnly: !write)
    defer { reader.close() }
    do throws(DuckDBError) {
      try run(sql, reader.connection)
    } catch {
      throw failure(error)
    }
  }

  private var text: String {
    get throws {
      guard query == "-" else { return query }
      let bytes = try FileHandle.standardInput.readToEnd() ?? Data()
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  private func run(_ sql: String, _ connection: Connection) throws(DuckDBError) {
    let statements = try connection.statements(in: sql)
    guard statements.count > 0 else {
      throw DuckDBError(.misuse, "There is no statement to run.")
    }
    for index in 0..<statements.count {
      let statement = try statements.prepare(index)
      if !write, let reason = SQLCommand.refusal(statement.kind, sql) {
        throw DuckDBError(.permission, reason)
      }
      // A blank line between two tables, for the eye.
      if index > 0, format == .table { Output.line() }
      try print(statement)
    }
  }

  /// Why a statement may not run while the warehouse is only read, or nil when it may.
  static func refusal(_ kind: Statement.Kind, _ sql: String) -> String? {
    if kind.readsOnly { return nil }
    if kind == .explain {
      // With ANALYZE it runs what it explains, which may write a file.
      guard sql.lowercased().contains("analyze") else { return nil }
      return "EXPLAIN ANALYZE runs what it explains"
    }
    return "\(kind) is not a statement that only reads"
  }

  private func print(_ statement: Statement) throws(DuckDBError) {
    guard statement.kind.readsOnly || statement.kind == .explain else {
      let changed = try statement.execute().rowsChanged
      if !options.quiet { Output.note("\(statement.kind): \(Figures.of(changed, "row")) changed") }
      return
    }
    let result = try statement.stream()
    if statement.kind == .explain, format == .table { return try printPlan(result) }
    var printer = format.printer(options)
    printer.begin(result.columnNames, result.columnTypes)
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount { printer.add(columns.map { $0.value(at: row) }) }
    }
    printer.end()
  }

  /// A plan is a drawing: its lines must stay lines.
  private func printPlan(_ result: ResultSet) throws(DuckDBError) {
    for row in try result.rows() { Output.line(row.last?.description.safeLines ?? "") }
  }

  private func failure(_ error: DuckDBError) -> CatchmentError {
    if error.code == .permission {
      return CatchmentError(
        .usage, "refused: \(error.message)",
        hint: "add --write to allow statements that change the warehouse")
    }
    let place = error.position.map { " (line \($0.line), column \($0.column))" } ?? ""
    return CatchmentError(error.code == .misuse ? .usage : .failed, "SQL\(place): \(error.message)")
  }
}
