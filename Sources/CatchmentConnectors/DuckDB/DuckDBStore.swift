internal import Catchment
internal import DuckDB

/// A DuckDB file that is attached to the workbench: the engine's own SQL reaches it.
final class DuckDBStore: TableStore {
  /// What the file is called in SQL.
  static let catalog = "destination"
  private static let log = TableLog(
    name: { "\(catalog).catchment.\($0)" }, moment: { "make_timestamptz(\($0)::BIGINT)" },
    micros: { "epoch_us(\($0))" })
  static let creation = """
    CREATE SCHEMA IF NOT EXISTS \(catalog).catchment;
    \(log.creation)
    \(HashLog.creation(log))
    """

  let bench: Workbench
  let table: String
  private let path: String
  /// Whether rows are written in the order in which they are read.
  private var keepsOrder = true

  init(_ bench: Workbench, _ path: String, _ table: String) {
    self.bench = bench
    self.path = path
    self.table = table
  }

  var target: String { "\(Self.catalog).main.\(SQL.identifier(table))" }
  var log: TableLog { Self.log }
  var rowID: String { "rowid" }
  private var hashes: HashLog {
    HashLog(store: self) {
      "hash(\(SQL.identifiers($0)))"
    } sum: {
      "(sum(\($0)) % 18446744073709551616::HUGEINT)::VARCHAR"
    }
  }

  // MARK: Statements

  func execute(_ sql: String, _ values: [Value]) throws(CatchmentError) {
    try told { () throws(DuckDBError) in
      _ = try bench.connection.query(sql, bindings: values)
    }
  }

  func rows(_ sql: String) throws(CatchmentError) -> [[Value]] {
    try told { () throws(DuckDBError) in try bench.connection.query(sql).rows() }
  }

  func begin() throws(CatchmentError) { try execute("BEGIN") }
  func commit(proof: String) throws(CatchmentError) { try execute("COMMIT") }

  /// A failed COMMIT has ended the transaction itself.
  func rollBack() throws(CatchmentError) {
    try told { () throws(DuckDBError) in
      do throws(DuckDBError) {
        try bench.connection.execute("ROLLBACK")
      } catch  where error.code == .misuse {}
    }
    // No statement but the one above runs in a transaction in which one has failed.
    if !keepsOrder { try keepOrder(true) }
  }

  private func keepOrder(_ isKept: Bool) throws(CatchmentError) {
    try execute("SET preserve_insertion_order = \(isKept)")
    keepsOrder = isKept
  }

  func close() {
    // What was committed is durable; a file that stays attached goes with the workbench.
    do throws(DuckDBError) { try bench.connection.execute("DETACH \(Self.catalog)") } catch {}
  }

  private func told<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .destination(error, path) }
  }

  // MARK: Tables

  func columns(of name: String) throws(CatchmentError) -> [Relation.Column]? {
    try told { () throws(DuckDBError) in
      guard try isThere(name) else { return nil }
      let result = try bench.connection.query("SELECT * FROM \(name) LIMIT 0")
      return zip(result.columnNames, result.columnTypes).map(Relation.Column.init)
    }
  }

  /// Asked of the catalogue, for a failed statement would end the transaction.
  ///
  /// The engine compares names without regard to case.
  private func isThere(_ name: String) throws(DuckDBError) -> Bool {
    let found = try bench.connection.query(
      """
      SELECT count(*) FROM duckdb_tables() WHERE database_name = '\(Self.catalog)'
        AND lower(concat_ws('.', database_name, schema_name,
          if(schema_name = 'main', concat('"', replace(table_name, '"', '""'), '"'), table_name)))
          = lower(\(SQL.literal(name)))
      """)
    return try found.scalar() != .integer(0)
  }

  func shape(of columns: [Relation.Column]) -> [Relation.Column] { columns }

  func create(like rows: Relation) throws(CatchmentError) {
    try execute("CREATE TABLE \(target) AS SELECT * FROM \(rows.sql) LIMIT 0")
  }

  // MARK: Rows

  func copy(_ query: String, into table: String) throws(CatchmentError) {
    try execute("INSERT INTO \(table) BY NAME \(query)")
  }

  func stage(_ rows: Relation, key: [String]) throws(CatchmentError) -> String {
    try TableFit(rows, in: bench).fitted(to: columns() ?? rows.columns)
  }

  /// Held, since they are counted, hashed and inserted.
  func unmatched(_ staged: String, on matches: String) throws(CatchmentError) -> String {
    try bench.table(
      """
      SELECT s.* FROM \(staged) s
      WHERE NOT EXISTS (SELECT 1 FROM \(target) t WHERE \(matches))
      """
    ).sql
  }

  /// The rows of an empty table need not be told from others.
  func append(_ rows: Relation, commit: Int64) throws(CatchmentError) {
    let staged = try stage(rows, key: [])
    guard try isEmpty() else { return try add(staged, commit: commit) }
    guard let passage = bench.passage(of: rows) else {
      try insert(staged)
      return try hashes.noteWhole(hashes.checksum(of: target), commit: commit)
    }
    // Several threads may write them then.
    try keepOrder(false)
    try insert(staged)
    try keepOrder(true)
    try hashes.noteWhole(String(passage.checksum), commit: commit)
  }

  private func insert(_ staged: String) throws(CatchmentError) {
    try execute("INSERT INTO \(target) BY NAME SELECT * FROM \(staged)")
  }

  func add(_ staged: String, commit: Int64) throws(CatchmentError) {
    try hashes.note(staged, commit: commit)
    try insert(staged)
  }

  func removeAdded(_ commit: Int64) throws(CatchmentError) -> Int {
    try hashes.removeAdded(commit)
  }
}
