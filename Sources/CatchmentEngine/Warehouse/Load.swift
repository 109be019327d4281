internal import Catchment
internal import DuckDB

/// One transaction that only adds: new units with all their rows, ledger, markers and undo log.
///
/// Every worker loads through one of its own. Nothing is visible to others until `commit`, and a
/// load that is dropped leaves nothing behind.
final class Load {
  let writers: TableWriters
  let ledger: LedgerWriter
  private let connection: Connection
  private let appenders: [Appender]
  private(set) var units = 0

  init(_ warehouse: Warehouse, _ connection: Connection, run: Int32) throws(DuckDBError) {
    self.connection = connection
    try connection.execute("BEGIN")
    let undo = try Self.appender(connection, EngineTables.schema, "undo_log")
    var appenders = [undo]
    func writer(_ table: TableSchema) throws(DuckDBError) -> TableWriter {
      let rows = try Self.appender(connection, table.schemaName, table.name)
      appenders.append(rows)
      return TableWriter(rows: rows) { (key) throws(DuckDBError) in
        undo.set(0, run)
        undo.setText(1, table.name)
        undo.setUUID(2, key)
        undo.setText(3, "insert")
        try undo.endRow()
      }
    }
    let sourceTables = warehouse.tables.dropLast(EngineTables.tracked.count)
    var rows: [TableWriter] = []
    for table in sourceTables { rows.append(try writer(table)) }
    writers = TableWriters(rows)
    let keys = try Self.appender(connection, EngineTables.schema, "unit_keys")
    ledger = LedgerWriter(
      run: run, units: try writer(EngineTables.units), records: try writer(EngineTables.rawRecords),
      deadLetters: try writer(EngineTables.deadLetters), keys: keys)
    appenders.append(keys)
    self.appenders = appenders
  }

  private static func appender(
    _ connection: Connection, _ schema: String, _ table: String
  ) throws(DuckDBError) -> Appender {
    try Appender(connection, catalog: Warehouse.catalog, schema: schema, table: table)
  }

  /// Makes everything that was written visible and durable at once.
  func commit() throws(DuckDBError) {
    for appender in appenders { try appender.close() }
    try connection.execute("COMMIT")
  }

  /// Forgets everything that was written.
  func abandon() throws(DuckDBError) {
    try connection.execute("ROLLBACK")
  }
}

/// Writes what became of each record, and how far each unit is.
final class LedgerWriter {
  private let run: Int32
  private let units: TableWriter
  private let records: TableWriter
  private let deadLetters: TableWriter
  private let keys: Appender

  init(
    run: Int32, units: TableWriter, records: TableWriter, deadLetters: TableWriter, keys: Appender
  ) {
    self.run = run
    self.units = units
    self.records = records
    self.deadLetters = deadLetters
    self.keys = keys
  }

  /// Writes a unit's marker and its records.
  func write(
    _ content: UnitContent, _ cursor: Cursor, _ entries: ContiguousArray<LedgerEntry>
  ) throws(DuckDBError) {
    for (entry, record) in zip(entries, content.records) {
      try write(entry, record, content)
      if entry.outcome == .deadLettered { try writeDeadLetter(entry, record, content) }
    }
    try writeMarker(content, cursor, records: entries.count)
  }

  func write(identities: ContiguousArray<UInt64>, of unit: Unit) throws(DuckDBError) {
    for identity in identities {
      keys.setUUID(0, unit.id)
      keys.set(1, identity)
      try keys.endRow()
    }
  }

  private func write(
    _ entry: LedgerEntry, _ record: RawRecord, _ content: UnitContent
  ) throws(DuckDBError) {
    let rows = records.rows
    let id = record.id(in: content.unit)
    rows.setUUID(0, id)
    rows.setUUID(1, content.unit.id)
    rows.set(2, run)
    rows.set(3, record.generation)
    rows.set(4, record.line)
    rows.set(5, record.offset)
    rows.set(6, record.length)
    rows.setText(7, entry.outcome.name)
    if let row = entry.row { rows.setUUID(8, row) }
    if let scope = entry.scope { rows.setUUID(9, scope) }
    if let issue = entry.issue {
      rows.setText(10, issue.code)
      rows.setText(11, issue.message)
      if let column = issue.column { rows.set(12, column) }
    }
    try records.endRow(key: id)
  }

  private func writeDeadLetter(
    _ entry: LedgerEntry, _ record: RawRecord, _ content: UnitContent
  ) throws(DuckDBError) {
    let rows = deadLetters.rows
    let id = record.id(in: content.unit)
    rows.setUUID(0, id)
    rows.setUUID(1, content.unit.id)
    rows.set(2, run)
    rows.setText(3, content.unit.source)
    rows.setText(4, content.unit.path)
    rows.set(5, record.line)
    rows.set(6, record.offset)
    rows.set(7, record.length)
    rows.setText(8, "transform")
    rows.setText(9, entry.issue?.code ?? "unknown")
    rows.setText(10, entry.issue?.message ?? "")
    if let column = entry.issue?.column { rows.set(11, column) }
    rows.set(12, 1)
    rows.setTimestamp(13, content.importedAt)
    try deadLetters.endRow(key: id)
  }

  private func writeMarker(
    _ content: UnitContent, _ cursor: Cursor, records: Int
  ) throws(DuckDBError) {
    let rows = units.rows
    rows.setUUID(0, content.unit.id)
    rows.setText(1, content.unit.source)
    rows.setText(2, content.unit.path)
    rows.set(3, cursor.generation)
    rows.set(4, content.unit.fingerprint.size)
    rows.set(5, content.unit.fingerprint.modified)
    rows.set(6, cursor.offset)
    rows.set(7, cursor.lines)
    rows.set(8, records)
    rows.setText(9, Hex.text(cursor.prefixDigest))
    rows.setText(10, "present")
    rows.setTimestamp(11, content.importedAt)
    try units.endRow(key: content.unit.id)
  }
}
