internal import Catchment
internal import DuckDB

/// One transaction that only adds: new units with all their rows, ledger, markers and undo log.
///
/// Every worker loads through one of its own. Nothing is visible to others until `commit`, and a
/// load that is dropped leaves nothing behind.
///
/// The undo log of what is wholly new is one line a scope: everything in it was inserted by this
/// run.
final class Load {
  let writers: TableWriters
  let ledger: LedgerWriter
  private let connection: Connection
  private let run: Int32
  private let undo: Appender
  private let appenders: [Appender]

  init(_ warehouse: Warehouse, _ connection: Connection, run: Int32) throws(DuckDBError) {
    self.connection = connection
    self.run = run
    try connection.execute("BEGIN")
    var appenders: [Appender] = []
    func appender(_ table: TableSchema) throws(DuckDBError) -> Appender {
      let opened = try Appender(
        connection, catalog: Warehouse.catalog, schema: table.schemaName, table: table.name)
      appenders.append(opened)
      return opened
    }
    var rows: [Appender] = []
    for table in warehouse.sourceTables { rows.append(try appender(table)) }
    writers = TableWriters(rows)
    ledger = try LedgerWriter(run: run, appender)
    undo = try appender(EngineTables.undoLog)
    self.appenders = appenders
  }

  /// Writes all that some new units come to.
  func write(_ units: [ReadUnit], _ reduction: any Reduction) throws(DuckDBError) {
    try write(slice: units.map(\.content), reduction)
    for (place, unit) in units.enumerated() {
      try finish(unit, records: reduction.ledger[place].count)
    }
  }

  /// Writes what some records of new units come to; `finish` is to follow for each unit.
  func write(slice: [UnitContent], _ reduction: any Reduction) throws(DuckDBError) {
    try reduction.write(to: writers)
    try ledger.write(slice, reduction)
    for scope in reduction.scopes { try log(UndoLog.sourceScope, scope) }
  }

  /// Writes the marker of a unit all of whose records are written.
  func finish(_ unit: ReadUnit, records: Int) throws(DuckDBError) {
    try ledger.finish(unit, records: records)
    try log(UndoLog.engineScope, unit.content.unit.id)
  }

  private func log(_ table: String, _ key: UUIDBytes) throws(DuckDBError) {
    undo.set(0, run)
    undo.setText(1, table)
    undo.setUUID(2, key)
    undo.setText(3, UndoLog.scopeAction)
    try undo.endRow()
  }

  /// Makes everything that was written visible and durable at once.
  func commit() throws(DuckDBError) {
    for appender in appenders { try appender.close() }
    try connection.execute("COMMIT")
  }
}

/// The words of the undo log.
enum UndoLog {
  /// Stands for a source's tables, and for the engine's tracked ones, when a whole scope is new.
  static let sourceScope = "source tables"
  static let engineScope = "engine tables"
  /// The key is a scope, all of whose rows the run inserted.
  static let scopeAction = "scope"
}

/// Writes what became of each record, and how far each unit is.
final class LedgerWriter {
  private let run: Int32
  private let units: Appender
  private let records: Appender
  private let deadLetters: Appender
  private let keys: Appender

  init(
    run: Int32, _ appender: (TableSchema) throws(DuckDBError) -> Appender
  ) throws(DuckDBError) {
    self.run = run
    units = try appender(EngineTables.units)
    records = try appender(EngineTables.rawRecords)
    deadLetters = try appender(EngineTables.deadLetters)
    keys = try appender(EngineTables.unitKeys)
  }

  /// Writes the units' markers, their records and what they share with others.
  func write(_ units: [ReadUnit], _ reduction: any Reduction) throws(DuckDBError) {
    try write(units.map(\.content), reduction)
    for (place, unit) in units.enumerated() {
      try finish(unit, records: reduction.ledger[place].count)
    }
  }

  /// Writes what became of records, and what they share with those of other units.
  func write(_ contents: [UnitContent], _ reduction: any Reduction) throws(DuckDBError) {
    for (place, content) in contents.enumerated() {
      for (entry, record) in zip(reduction.ledger[place], content.records) {
        try write(entry, record, content)
        if entry.outcome == .deadLettered { try writeDeadLetter(entry, record, content) }
      }
      try write(identities: reduction.identities[place], of: content.unit)
    }
  }

  /// Writes a unit's marker, once all of its records are written.
  func finish(_ unit: ReadUnit, records: Int) throws(DuckDBError) {
    try writeMarker(unit.content, unit.cursor(after: records), records: records)
  }

  private func write(
    identities: ContiguousArray<UInt64>, of unit: Unit
  ) throws(DuckDBError) {
    for identity in identities {
      keys.setUUID(0, unit.id)
      keys.set(1, identity)
      try keys.endRow()
    }
  }

  private func write(
    _ entry: LedgerEntry, _ record: RawRecord, _ content: UnitContent
  ) throws(DuckDBError) {
    let rows = records
    let id = record.id(in: content.unit)
    rows.setUUID(0, id)
    rows.setUUID(1, content.unit.id)
    rows.set(2, run)
    rows.set(3, record.generation)
    rows.set(4, record.line)
    rows.set(5, record.offset)
    rows.set(6, record.length)
    if entry.identity != 0 { rows.set(7, entry.identity) }
    rows.setText(8, entry.outcome.name)
    if let row = entry.row { rows.setUUID(9, row) }
    if let scope = entry.scope { rows.setUUID(10, scope) }
    if let issue = entry.issue {
      rows.setText(11, issue.code)
      rows.setText(12, issue.message)
      if let column = issue.column { rows.set(13, column) }
    }
    try rows.endRow()
  }

  private func writeDeadLetter(
    _ entry: LedgerEntry, _ record: RawRecord, _ content: UnitContent
  ) throws(DuckDBError) {
    let rows = deadLetters
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
    try rows.endRow()
  }

  private func writeMarker(
    _ content: UnitContent, _ cursor: Cursor, records: Int
  ) throws(DuckDBError) {
    let rows = units
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
    if let machine = content.unit.machine { rows.setText(12, machine) }
    try rows.endRow()
  }
}
