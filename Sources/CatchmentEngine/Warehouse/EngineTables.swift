internal import Catchment

/// The tables that the engine keeps beside a source's own.
///
/// Users query `dead_letters`, `audit_log` and `schema_versions` in the main schema; the bookkeeping
/// is in the schema `catchment`, out of the way but just as readable.
enum EngineTables {
  static let schema = "catchment"

  /// Commit markers: how far each unit is in the tables.
  static let units = TableSchema(
    "units", key: "unit_id", scope: "unit_id",
    columns: [
      .init("unit_id", "UUID"),
      .init("source", "VARCHAR"),
      .init("path", "VARCHAR"),
      .init("generation", "INTEGER"),
      .init("size", "BIGINT"),
      .init("modified", "BIGINT"),
      .init("committed_bytes", "BIGINT"),
      .init("lines", "BIGINT"),
      .init("records", "BIGINT"),
      .init("prefix_sha256", "VARCHAR"),
      .init("status", "VARCHAR"),
      .init("imported_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
      .init("machine", "VARCHAR"),
    ])

  /// The ledger: one row for each raw record, and what became of it.
  static let rawRecords = TableSchema(
    "raw_records", key: "record_id", scope: "unit_id",
    columns: [
      .init("record_id", "UUID"),
      .init("unit_id", "UUID"),
      .init("run", "INTEGER", isVolatile: true),
      .init("generation", "INTEGER"),
      .init("line", "BIGINT"),
      .init("byte_offset", "BIGINT"),
      .init("length", "BIGINT"),
      .init("identity", "UBIGINT"),
      .init("outcome", "VARCHAR"),
      .init("row_id", "UUID"),
      .init("scope_id", "UUID"),
      .init("issue", "VARCHAR"),
      .init("issue_message", "VARCHAR"),
      .init("issue_column", "BIGINT"),
    ])

  static let deadLetters = TableSchema(
    "dead_letters", key: "record_id", scope: "unit_id",
    columns: [
      .init("record_id", "UUID"),
      .init("unit_id", "UUID"),
      .init("run", "INTEGER", isVolatile: true),
      .init("platform", "VARCHAR"),
      .init("path", "VARCHAR"),
      .init("line", "BIGINT"),
      .init("byte_offset", "BIGINT"),
      .init("length", "BIGINT"),
      .init("stage", "VARCHAR"),
      .init("error_code", "VARCHAR"),
      .init("error_message", "VARCHAR"),
      .init("error_column", "BIGINT"),
      .init("attempts", "INTEGER", isVolatile: true),
      .init("created_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
      .init("attempted_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
    ])

  /// What identifies each unit beside its records, to find the units that share some.
  ///
  /// The view `identities` has both.
  static let unitKeys = TableSchema(
    "unit_keys", key: "unit_id",
    columns: [.init("unit_id", "UUID"), .init("identity", "UBIGINT")])

  /// The keys that each run inserted, changed or removed; the rows as they were before are in
  /// `undo_<table>`.
  static let undoLog = TableSchema(
    "undo_log", key: "key",
    columns: [
      .init("run", "INTEGER"),
      .init("table_name", "VARCHAR"),
      .init("key", "UUID"),
      .init("action", "VARCHAR"),
    ])

  /// The machine that the home belongs to, in one row.
  ///
  /// A unit that names none lies there.
  static let home = TableSchema(
    "home", key: "machine",
    columns: [.init("machine", "VARCHAR"), .init("machine_id", "VARCHAR")])

  /// Tables that are changed only through the commit primitive, and so can be rolled back.
  static let tracked = [units, rawRecords, deadLetters]

  /// Those that lie in the engine's own schema.
  static let inner = [units, rawRecords, unitKeys, undoLog, home] + ofDuplicates
}

extension TableSchema {
  /// Its columns as a definition.
  var definition: String {
    columns.map { column in
      let compression = column.isLong ? " USING COMPRESSION zstd" : ""
      return "\(column.name) \(column.type)\(compression)"
    }.joined(separator: ", ")
  }

  var columnList: String { columns.map(\.name).joined(separator: ", ") }
}
