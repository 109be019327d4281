internal import Catchment
internal import DuckDB
internal import GRDB
internal import GRDBSQLite

/// A SQLite file with a table to load into.
final class SQLiteStore: ForeignStore {
  /// Points in time are microseconds since 1970.
  private static let log = TableLog(
    name: { "main.\"catchment_\($0)\"" }, momentType: "BIGINT", moment: { $0 }, micros: { $0 })

  let bench: Workbench
  let table: String
  private let file: SQLiteFile

  init(_ bench: Workbench, _ path: String, _ table: String) throws(CatchmentError) {
    self.bench = bench
    self.table = table
    file = try SQLiteFile(path, SQLiteHash.register)
    try execute("\(Self.log.creation) \(HashLog.creation(Self.log))")
    try completeLog()
  }

  /// Of a file that is there already, to look at it.
  init(lookingAt path: String, _ table: String, _ bench: Workbench) throws(CatchmentError) {
    self.bench = bench
    self.table = table
    file = try SQLiteFile(lookingAt: path)
  }

  var target: String { "main.\(SQL.identifier(table))" }
  var log: TableLog { Self.log }
  var rowID: String { "rowid" }
  /// The sums of the halves of a hash, for a sum of hashes would overflow.
  private var hashes: HashLog {
    HashLog(store: self, hash: SQLiteHash.sql) { hash in
      "sum(\(hash) & 4294967295) || ' ' || sum((\(hash) >> 32) & 4294967295)"
    }
  }

  // MARK: Statements

  func execute(_ sql: String, _ values: [Value]) throws(CatchmentError) {
    try file.access { database in
      guard !values.isEmpty else { return try database.execute(sql: sql) }
      // In order: SQLite takes $1 for a name.
      let statement = try database.cachedStatement(sql: sql)
      try statement.execute(arguments: StatementArguments(values.map(\.inSQLite)))
    }
  }

  func rows(_ sql: String) throws(CatchmentError) -> [[Value]] {
    try file.access { database in
      try Row.fetchAll(database, sql: sql).map { row in
        row.databaseValues.map { value in
          switch value.storage {
          case .null: .null
          case .int64(let number): .integer(number)
          case .double(let number): .double(number)
          case .string(let text): .text(text)
          case .blob(let bytes): .blob(Array(bytes))
          }
        }
      }
    }
  }

  func begin() throws(CatchmentError) { try execute("BEGIN IMMEDIATE") }
  func commit(proof: String) throws(CatchmentError) { try execute("COMMIT") }

  /// Some failures end the transaction themselves.
  func rollBack() throws(CatchmentError) {
    try file.access { database in
      if database.isInsideTransaction { try database.execute(sql: "ROLLBACK") }
    }
  }

  func close() { file.close() }

  // MARK: Tables

  /// SQLite says what a column is declared as; a value may be of any type all the same.
  func columns(of name: String) throws(CatchmentError) -> [Relation.Column]? {
    try file.access { database in
      let statement: GRDB.Statement
      do { statement = try database.makeStatement(sql: "SELECT * FROM \(name) LIMIT 0") } catch let
        error as DatabaseError where error.message?.hasPrefix("no such table") == true
      {
        return nil
      }
      return zip(statement.columnNames, statement.declarations).map { column, declared in
        Relation.Column(column, SQLiteType.engineType(declared: declared))
      }
    }
  }

  static func form(of type: LogicalType) -> StoredForm { SQLiteType.form(of: type) }

  func create(like rows: Relation) throws(CatchmentError) {
    let list = shape(of: rows.columns).map {
      "\(SQL.identifier($0.name)) \(SQLiteType($0.type).name)"
    }
    try execute("CREATE TABLE \(target) (\(list.joined(separator: ", ")))")
  }

  func instant(_ micros: Int64) -> String { SQL.literal(ISOTime.timestamp(micros)) }

  // MARK: Rows

  func send(
    _ rows: Chunks, _ columns: [Relation.Column], into table: String
  ) throws(CatchmentError) {
    _ = try file.access { database in
      try SQLiteRows(database, table, columns.map { .init($0.name, $0.type) }).insert(rows)
    }
  }

  func makeStage() throws(CatchmentError) -> String {
    let stage = "temp.catchment_stage"
    try execute(
      "DROP TABLE IF EXISTS \(stage); CREATE TABLE \(stage) AS SELECT * FROM \(target) LIMIT 0")
    return stage
  }

  func settle(_ stage: String, key: [String]) throws(CatchmentError) {
    guard !key.isEmpty else { return }
    try execute(
      "CREATE INDEX temp.catchment_stage_key ON catchment_stage (\(SQL.identifiers(key)))")
  }

  /// Into an empty table there is no need of a stage: all that is there is new.
  func append(_ rows: Relation, commit: Int64) throws(CatchmentError) {
    guard try isEmpty() else { return try add(stage(rows, key: []), commit: commit) }
    try copy(rows, into: target)
    try hashes.noteWhole(try hashes.checksum(of: target), commit: commit)
  }

  func add(_ staged: String, commit: Int64) throws(CatchmentError) {
    try hashes.note(staged, commit: commit)
    let columns = SQL.identifiers(try columns()?.map(\.name) ?? [])
    try execute("INSERT INTO \(target) (\(columns)) SELECT \(columns) FROM \(staged)")
  }

  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int {
    try hashes.removeAdded(commit)
  }
}

extension Value {
  /// As SQLite takes it for a parameter.
  fileprivate var inSQLite: (any DatabaseValueConvertible)? {
    switch self {
    case .null: nil
    case .integer(let number): number
    case .boolean(let flag): flag
    case .text(let text): text
    default: description
    }
  }
}
