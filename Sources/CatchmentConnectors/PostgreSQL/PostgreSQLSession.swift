internal import Catchment
internal import DuckDB

/// A publication into a schema of a PostgreSQL database.
final class PostgreSQLSession: FollowerSession {
  let connection: PostgreSQLConnection
  let url: PostgreSQLURL
  let schema: PostgreSQLSchema
  /// Tables that this transaction made: no one else sees their rows before all of them are there.
  private var new: Set<String> = []
  private var tables: [FollowerTable] = []

  private let patience: Int

  init(_ connection: PostgreSQLConnection, _ url: PostgreSQLURL, patience: Int) {
    self.patience = patience
    self.connection = connection
    self.url = url
    schema = PostgreSQLSchema(connection, url.schema)
  }

  func close() { connection.close() }

  /// A process that was killed holds the lock until the server has noticed, so that is waited for.
  func begin() throws(CatchmentError) {
    try connection.execute(
      """
      BEGIN;
      SET LOCAL lock_timeout = '\(patience)s';
      SELECT pg_advisory_xact_lock(hashtextextended(\(SQL.literal("catchment:\(url.schema)")), 0));
      SET LOCAL lock_timeout = '60s';
      SET LOCAL standard_conforming_strings = on
      """)
  }

  func publication() throws(CatchmentError) -> Publication? { try schema.publication() }

  func prepare(_ tables: [FollowerTable]) throws(CatchmentError) {
    self.tables = tables
    new = try schema.prepare(tables)
    try compressQuickly()
  }

  /// Long values are compressed with LZ4 where the server has it: the default takes longer than all
  /// the rest of a load.
  private func compressQuickly() throws(CatchmentError) {
    let found = try connection.rows(
      """
      SELECT set_config(name, 'lz4', true) FROM pg_settings
      WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
      """)
    _ = found
  }

  // MARK: Rows

  func fingerprints(
    of table: FollowerTable, _ body: (RowFingerprint) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    // A row that someone else put there has no fingerprint: it is none of ours.
    let hash = "coalesce(\(FollowerTable.fingerprint.name), -1)"
    let columns = table.key.map { "\(SQL.identifier($0.name)), \(hash)" } ?? hash
    let query = "SELECT \(columns) FROM \(schema.name(of: table))"
    try connection.copyOut("COPY (\(query)) TO STDOUT (FORMAT binary)") {
      (bytes) throws(CatchmentError) in
      if let row = BinaryFingerprint.read(bytes, hasKey: table.key != nil) { try body(row) }
    }
  }

  func remove(
    from table: FollowerTable, where column: FollowerTable.Column, in values: Chunks,
    orMissing: Bool
  ) throws(CatchmentError) -> Int {
    var first = try values()
    guard first != nil || orMissing else { return 0 }
    let (name, target) = (SQL.identifier(column.name), schema.name(of: table))
    try connection.execute(
      """
      CREATE TEMP TABLE catchment_gone (value \(PostgreSQLType(column.type).name)) ON COMMIT DROP
      """)
    _ = try connection.copy(
      { () throws(CatchmentError) in
        if let chunk = first.take() { return chunk }
        return try values()
      }, [column], into: "pg_temp.catchment_gone")
    try connection.execute("ANALYZE pg_temp.catchment_gone")
    var removed = try connection.change(
      "DELETE FROM \(target) t USING pg_temp.catchment_gone g WHERE t.\(name) = g.value")
    if orMissing {
      removed += try connection.change("DELETE FROM \(target) WHERE \(name) IS NULL")
    }
    try connection.execute("DROP TABLE pg_temp.catchment_gone")
    return removed
  }

  func write(_ rows: Chunks, to table: FollowerTable) throws(CatchmentError) -> Int {
    let options = new.contains(table.name) ? ", FREEZE" : ""
    return try connection.copy(
      rows, table.allColumns, into: schema.name(of: table), options: options)
  }

  // MARK: The commit

  func commit(_ publication: Publication) throws(CatchmentError) {
    try schema.index(tables)
    try schema.write(publication)
    do throws(CatchmentError) {
      try connection.execute("COMMIT")
    } catch {
      guard !connection.isOpen else { throw error }
      try findOut(whether: publication, error)
    }
  }

  /// The connection was cut while the server committed: what it holds now tells whether it did.
  private func findOut(
    whether publication: Publication, _ cut: CatchmentError
  ) throws(CatchmentError) {
    let found: Publication?
    do throws(CatchmentError) {
      let again = try PostgreSQLConnection(url)
      defer { again.close() }
      // Behind the transaction, if it is still going on.
      try again.execute(
        """
        SET lock_timeout = '\(patience)s';
        SELECT pg_advisory_lock(hashtextextended(\(SQL.literal("catchment:\(url.schema)")), 0))
        """)
      found = try PostgreSQLSchema(again, url.schema).publication()
    } catch {
      throw CatchmentError(
        .destinationUnavailable,
        "the connection to \(url.shown) was cut during the commit, and whether it was done is unknown",
        hint:
          "run the same command again when the server is there: it finds out, and doubles nothing",
        cause: cut.cause)
    }
    guard found?.id == publication.id else { throw cut }
  }
}

/// A row of a binary `COPY … TO STDOUT` with a key and a fingerprint, or a fingerprint alone.
enum BinaryFingerprint {
  private static let headerSize = 19

  /// Nil for what is no row: the end of the copy.
  static func read(_ bytes: UnsafeRawBufferPointer, hasKey: Bool) -> RowFingerprint? {
    let size = hasKey ? 34 : 14
    // The first row comes with the header before it, or the header comes alone.
    let isFirst = bytes.starts(with: "PGCOPY".utf8)
    let row = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(isFirst ? headerSize : 0))
    guard row.count >= size else { return nil }
    func number(_ offset: Int) -> UInt64 {
      UInt64(bigEndian: row.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard hasKey else { return RowFingerprint(key: nil, hash: Int64(bitPattern: number(6))) }
    return RowFingerprint(
      key: UUIDBytes(high: number(6), low: number(14)), hash: Int64(bitPattern: number(26)))
  }
}
