internal import Catchment
internal import DuckDB

/// Who has a conversation that both a platform's own files and a copy of its rows tell of.
///
/// The platform has it as soon as a record of its own files made a row of it; the copy's record is a
/// duplicate then. This looks at the ledger alone, so it does not matter which was imported first.
struct CopyPrecedence {
  private let connection: Connection
  private let copies: [String]

  init(_ connection: Connection, copies: [any Source]) {
    self.connection = connection
    self.copies = copies.map(\.name)
  }

  /// The sources that are copies, as a list of literals; never empty.
  private var names: String {
    copies.isEmpty ? "NULL" : copies.map(SQL.literal).joined(separator: ", ")
  }

  /// The units of copies, as a query.
  var units: String { "SELECT unit_id FROM catchment.units WHERE source IN (\(names))" }

  /// The scopes whose rows are a copy's, as a query.
  var scopes: String {
    """
    SELECT scope_id FROM catchment.raw_records
    WHERE unit_id IN (\(units)) AND outcome = 'loaded' AND scope_id IS NOT NULL
    """
  }

  /// The scopes that a source's own records made rows of, as a query.
  ///
  /// A record names one in the ledger, and may have made rows of others.
  private var owned: String {
    """
    SELECT scope_id FROM catchment.raw_records
    WHERE outcome = 'loaded' AND scope_id IS NOT NULL AND unit_id NOT IN (\(units))
    UNION SELECT m.conversation_id FROM main.messages m SEMI JOIN (
      SELECT record_id FROM catchment.raw_records
      WHERE unit_id NOT IN (\(units))) r ON r.record_id = m.raw_record_id
    """
  }

  /// The scopes that are not a copy's to write.
  func taken() throws(DuckDBError) -> Set<UUIDBytes> {
    let result = try connection.stream("SELECT DISTINCT scope_id FROM (\(owned))")
    var taken: Set<UUIDBytes> = []
    while let chunk = try result.next() {
      let scopes = chunk.column(0)
      for row in 0..<chunk.rowCount { taken.insert(scopes.uuid(at: row)) }
    }
    return taken
  }

  /// Units of a copy whose ledger no longer says what holds: another source has taken what they
  /// have, or has let go of what they could have.
  func unsettled(of source: any Source) throws(DuckDBError) -> [UUIDBytes] {
    let rows = try connection.query(
      """
      WITH told AS (
        SELECT unit_id, scope_id, bool_or(outcome = 'loaded') AS is_loaded
        FROM catchment.raw_records
        WHERE scope_id IS NOT NULL AND outcome IN ('loaded', 'duplicate') AND unit_id IN (
          SELECT unit_id FROM catchment.units WHERE source = \(SQL.literal(source.name)))
        GROUP BY ALL),
      scopes AS (
        SELECT scope_id, bool_or(is_loaded) AS is_loaded,
          scope_id IN (\(owned)) AS is_taken,
          scope_id IN (SELECT conversation_id FROM main.conversations) AS is_there
        FROM told GROUP BY scope_id)
      SELECT DISTINCT unit_id FROM told WHERE scope_id IN (
        SELECT scope_id FROM scopes WHERE is_loaded = is_taken OR NOT is_taken AND NOT is_there)
      ORDER BY unit_id
      """
    ).rows()
    return rows.compactMap(\.first?.uuid)
  }
}
