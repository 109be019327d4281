internal import Catchment
internal import DuckDB

/// A store that the engine's SQL does not reach: rows are sent to it.
protocol ForeignStore: TableStore {
  typealias Chunks = () throws(CatchmentError) -> DataChunk?

  /// As what the store keeps values of a type.
  static func form(of type: LogicalType) -> StoredForm
  /// Sends rows into a table that has these columns, and perhaps more.
  func send(
    _ rows: Chunks, _ columns: [Relation.Column], into table: String
  ) throws(CatchmentError)
  /// Makes an empty table like the user's, which goes with the transaction.
  func makeStage() throws(CatchmentError) -> String
  /// Makes the stage ready to be joined by a key.
  func settle(_ stage: String, key: [String]) throws(CatchmentError)
}

/// How values of a type are kept in another database: as those of another of the engine's types.
struct StoredForm {
  let type: LogicalType
  /// The value of an expression, as one of `type`.
  let sql: (String) -> String

  static func same(_ type: LogicalType) -> StoredForm { StoredForm(type: type) { $0 } }
  static func cast(_ type: LogicalType) -> StoredForm {
    StoredForm(type: type) { "CAST(\($0) AS \(type))" }
  }
}

extension ForeignStore {
  func shape(of columns: [Relation.Column]) -> [Relation.Column] {
    columns.map { .init($0.name, Self.form(of: $0.type).type) }
  }

  /// The rows with their values as the store keeps them.
  private func stored(_ rows: Relation) throws(CatchmentError) -> Relation {
    let parts = rows.columns.map { column in
      let name = SQL.identifier(column.name)
      return "\(Self.form(of: column.type).sql(name)) AS \(name)"
    }
    return try bench.view("SELECT \(parts.joined(separator: ", ")) FROM \(rows.sql)", of: rows)
  }

  func copy(_ query: String, into table: String) throws(CatchmentError) {
    try copy(bench.view(query), into: table)
  }

  /// Sends rows whose values fit the table's columns.
  func copy(_ rows: Relation, into table: String) throws(CatchmentError) {
    let rows = try stored(rows)
    let types = Dictionary(uniqueKeysWithValues: rows.columns.map { ($0.name, $0.type) })
    // A column that takes any value takes what there is.
    let columns = try (columns(of: table) ?? []).map { column in
      column.type == .any ? .init(column.name, types[column.name] ?? .any) : column
    }
    let fitted = try TableFit(rows, in: bench).fitted(to: columns)
    try bench.streaming(rows) { () throws(CatchmentError) in
      let result = try told { () throws(DuckDBError) in
        try bench.connection.stream("SELECT * FROM \(fitted)")
      }
      try send(
        { () throws(CatchmentError) in
          try told { () throws(DuckDBError) in try result.next() }
        }, columns, into: table)
    }
  }

  /// The engine's refusal to compute a value is a value that does not fit.
  private func told<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch {
      switch error.code {
      case .interrupted:
        throw CatchmentError(.interrupted, "interrupted", cause: error.message)
      case .constraint, .conversion:
        throw CatchmentError(
          .validation, "the rows do not fit the table \(table); nothing was loaded",
          hint: "cast them in a step", cause: error.message)
      default:
        throw CatchmentError(.failed, "the rows could not be read", cause: error.description)
      }
    }
  }

  func stage(_ rows: Relation, key: [String]) throws(CatchmentError) -> String {
    let stage = try makeStage()
    try copy(rows, into: stage)
    try settle(stage, key: key)
    return stage
  }

  /// Those that match are the ones that are equal: the others of the table are gone by now.
  func unmatched(_ staged: String, on matches: String) throws(CatchmentError) -> String {
    try execute(
      """
      DELETE FROM \(staged) WHERE \(rowID) IN (
        SELECT s.\(rowID) FROM \(staged) s JOIN \(target) t ON \(matches))
      """)
    return staged
  }
}
