internal import Catchment
internal import DuckDB

/// Something of the home that followers keep as a table, and how it is asked for.
struct PublishedTable {
  /// What the follower has.
  let table: FollowerTable
  /// What it is read from: `main.messages`.
  let relation: String
  /// The column by which the undo log tells which rows have changed; nil when every row is compared
  /// each time.
  let scope: String?
  /// The view that the follower keeps as a table, when it is one.
  let view: View?

  /// A table of the home, or a view, with the columns that it has there.
  init(
    _ relation: String, as name: String, key: String? = nil, scope: String? = nil,
    indexes: [TableSchema.Index] = [], view: View? = nil, _ connection: Connection
  ) throws(DuckDBError) {
    let probe = try connection.query("SELECT * FROM \(relation) LIMIT 0")
    let columns = zip(probe.columnNames, probe.columnTypes).map { name, type in
      FollowerTable.Column(name, FollowerTable.portableTypes.contains(type) ? type : .varchar)
    }
    table = FollowerTable(name, columns: columns, key: key, indexes: indexes)
    self.relation = relation
    self.scope = scope
    self.view = view
  }

  /// Its columns of the types that the follower has, of all rows or some.
  ///
  /// Sums of fractions depend on the order of addition in their last digits, so those of a view are
  /// rounded.
  func columns(from relation: String? = nil, where condition: String? = nil) -> String {
    let list = table.columns.map { column in
      let name = SQL.identifier(column.name)
      let value = view != nil && column.type == .double ? "round(\(name), 9)" : name
      return "CAST(\(value) AS \(column.type)) AS \(name)"
    }
    return "SELECT \(list.joined(separator: ", ")) FROM \(relation ?? self.relation)"
      + (condition.map { " WHERE \($0)" } ?? "")
  }

  /// The rows to be written: the columns and the fingerprint.
  func rows(from relation: String? = nil, where condition: String? = nil) -> String {
    "SELECT r.*, \(Self.hash) AS row_hash FROM (\(columns(from: relation, where: condition))) r"
  }

  /// The same for the rows whose key, or else whose fingerprint, a query gives.
  func rows(from relation: String?, whose identities: String) -> String {
    if let key { return rows(from: relation, where: "\(key) IN (\(identities))") }
    return
      "FROM (\(rows(from: relation))) WHERE \(FollowerTable.fingerprint.name) IN (\(identities))"
  }

  /// The key, or NULL, and the fingerprint of every row.
  func fingerprints(from relation: String?) -> String {
    let key = key.map { "r.\($0)" } ?? "NULL::UUID"
    return "SELECT \(key) AS key, \(Self.hash) AS hash FROM (\(columns(from: relation))) r"
  }

  private var key: String? { table.key.map { SQL.identifier($0.name) } }

  /// Half of the engine's hash, so that it is a number everywhere.
  private static let hash = "(hash(r) >> 1)::BIGINT"
}

/// Everything that followers have of a home.
struct PublishedTables {
  let all: [PublishedTable]

  init(_ warehouse: Warehouse, _ views: [View], _ connection: Connection) throws(DuckDBError) {
    var all: [PublishedTable] = []
    for table in warehouse.tables where table != EngineTables.rawRecords {
      all.append(try Self.published(table, in: warehouse, connection))
    }
    // Which conversations are not to be counted; compared each time, for no run logs its changes.
    all.append(try Self.published(EngineTables.duplicates, in: warehouse, connection))
    for name in ["audit_log", "schema_versions"] {
      all.append(try PublishedTable("main.\(name)", as: name, connection))
    }
    all.append(try PublishedTable("catchment.runs", as: "catchment_runs", connection))
    for view in views where view.keeping != nil {
      all.append(try PublishedTable("main.\(view.name)", as: view.name, view: view, connection))
    }
    self.all = all
  }

  private static func published(
    _ table: TableSchema, in warehouse: Warehouse, _ connection: Connection
  ) throws(DuckDBError) -> PublishedTable {
    let schema: TableName.Schema = table.schemaName == "main" ? .main : .catchment
    let name = TableName(schema: schema, name: table.name).inFollowers
    let isLogged = warehouse.sourceTables.contains(table) && table.scope != table.key
    return try PublishedTable(
      table.qualifiedName, as: name, key: table.key, scope: isLogged ? table.scope : nil,
      indexes: table.indexes, connection)
  }
}
