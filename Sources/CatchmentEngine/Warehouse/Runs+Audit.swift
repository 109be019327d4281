internal import Catchment
internal import DuckDB
internal import JSONTape

extension Runs {
  /// Adds a line to the audit log.
  ///
  /// - Parameters:
  ///   - status: `success`, `warning` when not everything could be taken, or `error`.
  ///   - details: a JSON object of counts.
  ///   - duration: in seconds.
  static func audit(
    operation: String, status: String, message: String, details: String? = nil,
    duration: Double? = nil, _ connection: Connection
  ) throws(DuckDBError) {
    _ = try connection.query(
      """
      INSERT INTO main.audit_log
      SELECT coalesce(max(id), 0) + 1, ?, NULL, NULL, ?, ?, ?::JSON, ?, now() FROM main.audit_log
      """, .text(operation), .text(status), .text(message), details.map(Value.text) ?? .null,
      duration.map { .integer(Int64($0 * 1_000)) } ?? .null)
  }

  /// How much a run's records come to.
  struct Extent {
    var conversations = 0
    var messages = 0
  }

  /// Counted where they are committed.
  static func extent(of run: RunInfo, _ connection: Connection) throws(DuckDBError) -> Extent {
    let row = try connection.query(
      """
      SELECT (SELECT count(DISTINCT scope_id) FROM catchment.raw_records WHERE run = $1),
        (SELECT count(*) FROM main.messages WHERE message_id IN (
          SELECT row_id FROM catchment.raw_records
          WHERE run = $1 AND outcome IN ('loaded', 'updated')))
      """, .integer(Int64(run.number))
    ).rows().first
    return Extent(
      conversations: Int(row?[0].int64 ?? 0), messages: Int(row?[1].int64 ?? 0))
  }

  /// What a run's records belong to, for a log: each conversation with the number of its records.
  static func conversations(
    of run: RunInfo, limit: Int, _ connection: Connection
  ) throws(DuckDBError) -> [(id: String, platform: String, records: Int)] {
    let result = try connection.query(
      """
      SELECT r.scope_id, any_value(u.source), count(*)
      FROM catchment.raw_records r JOIN catchment.units u USING (unit_id)
      WHERE r.run = ? AND r.scope_id IS NOT NULL GROUP BY 1 ORDER BY 1 LIMIT \(limit)
      """, .integer(Int64(run.number)))
    return try result.rows().map {
      ($0[0].description, $0[1].text ?? "", Int($0[2].int64 ?? 0))
    }
  }
}

extension RunMetrics {
  /// The counts alone, as a JSON object, for the audit log.
  var counts: String {
    let outcomes = RecordOutcome.allCases.map { "\(JSONString.quoted($0.name)):\(records[$0])" }
    let all =
      ["\"read\":\(records.read)"] + outcomes + ["\"units\":\(units)", "\"bytes\":\(bytes)"]
    return "{\(all.joined(separator: ","))}"
  }
}
