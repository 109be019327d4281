public import Catchment
public import DuckDB

/// Tells where a row comes from: the original bytes, where they lie, and what became of them.
public struct Explainer: Sendable {
  /// One raw record behind a row.
  public struct Origin: Sendable {
    /// The path it was read from, which may be gone by now.
    public var file: String
    /// From 1, blank lines included; of a file that is cut otherwise, the number of the record.
    public var line: Int
    /// Where the record begins in its file.
    public var offset: Int
    /// In bytes, without the line's end.
    public var length: Int
    /// The name of what became of it, such as `loaded`.
    public var outcome: String
    /// A remark on it.
    public var issue: String?
    /// The raw store's file that keeps it.
    public var segment: String
    /// SHA-256 of the bytes, in hexadecimal digits.
    public var sha256: String
    /// The record as it was read, from the raw store.
    public var bytes: [UInt8]
  }

  /// A row and its origins.
  public struct Explanation: Sendable {
    /// The table of the row: `conversations`, `messages`, `tool_calls`, `summaries`.
    public var table: String
    /// The whole id of the row, of which only the beginning may have been given.
    public var id: UUIDBytes
    /// By file and line: a conversation has one for each of its records, another row the records
    /// that made it.
    public var origins: [Origin]
  }

  private let home: Home
  private let sources: SourceSet

  /// Looks into a home's warehouse and raw store; `sources` say which tables there are.
  public init(home: Home, sources: SourceSet) {
    self.home = home
    self.sources = sources
  }

  /// Explains the row whose id is `name`, or begins with it.
  ///
  /// Of a conversation at most `limit` records are returned.
  public func explain(_ name: String, limit: Int = 1_000) throws(CatchmentError) -> Explanation {
    let warehouse = try Warehouse(
      path: home.warehouse, sourceTables: sources.tables,
      options: .init(memory: 256 << 20, threads: 2, spill: home.spill, isReadOnly: true))
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    do throws(DuckDBError) {
      guard let found = try find(name, connection) else {
        throw DuckDBError(.other, Self.unknown)
      }
      return Explanation(
        table: found.table, id: found.id,
        origins: try origins(of: found, limit: limit, connection))
    } catch  where error.message == Self.unknown {
      throw CatchmentError(
        .usage, "no row's id begins with \"\(name)\", or more than one does",
        hint: "`catchment sql \"SELECT message_id FROM messages LIMIT 5\"` shows what ids look like"
      )
    } catch {
      throw .warehouse(error, warehouse.path)
    }
  }

  private static let unknown = "unknown row"

  private func find(
    _ name: String, _ connection: Connection
  ) throws(DuckDBError) -> (table: String, id: UUIDBytes)? {
    let searches = sources.tables.map {
      "SELECT '\($0.name)', \($0.key) FROM main.\($0.name) "
        + "WHERE starts_with(\($0.key)::VARCHAR, lower(\(SQL.literal(name))))"
    }
    let rows = try connection.query(searches.joined(separator: " UNION ALL ") + " LIMIT 2").rows()
    guard rows.count == 1, let table = rows[0][0].text, let id = rows[0][1].uuid else { return nil }
    return (table, id)
  }

  private func origins(
    of row: (table: String, id: UUIDBytes), limit: Int, _ connection: Connection
  ) throws(DuckDBError) -> [Origin] {
    let key = sources.tables.first { $0.name == row.table }?.key ?? ""
    let condition =
      switch row.table {
      case "conversations": "r.scope_id = '\(row.id)'"
      case "messages":
        // A record may make many messages, and is then the origin of each; many may make one.
        """
        (r.row_id = '\(row.id)' OR r.record_id IN (
          SELECT raw_record_id FROM main.messages WHERE message_id = '\(row.id)'))
        """
      default:
        "r.record_id IN (SELECT raw_record_id FROM main.\(row.table) WHERE \(key) = '\(row.id)')"
      }
    let found = try origins(where: condition, limit: limit, connection)
    guard found.isEmpty, row.table != "conversations" else { return found }
    // A copy keeps the name of a raw record that another home has: its own is the conversation's.
    return try origins(
      where: """
        r.outcome = 'loaded' AND r.scope_id IN (
          SELECT conversation_id FROM main.\(row.table) WHERE \(key) = '\(row.id)')
        """, limit: limit, connection)
  }

  private func origins(
    where condition: String, limit: Int, _ connection: Connection
  ) throws(DuckDBError) -> [Origin] {
    let rows = try connection.query(
      """
      SELECT u.path, r.line, r.byte_offset, r.length, r.outcome, r.issue_message,
        p.filename, hex(p.sha256), p.payload
      FROM catchment.raw_records r JOIN catchment.units u USING (unit_id)
      JOIN read_parquet(\(RawRecall.pattern(RawStore(path: home.raw), "*")),
        filename = true) p
        ON p.unit = u.path
          AND u.machine IS NOT DISTINCT FROM \(RawStoreFiles.machine(of: "p.filename"))
          AND p.generation = r.generation AND p.line = r.line
      WHERE \(condition)
      QUALIFY row_number() OVER (PARTITION BY r.record_id ORDER BY p.extracted_at) = 1
      ORDER BY u.path, r.generation, r.line LIMIT \(limit)
      """
    ).rows()
    return rows.map(Self.origin)
  }

  private static func origin(_ row: [Value]) -> Origin {
    let bytes: [UInt8] = if case .blob(let payload) = row[8] { payload } else { [] }
    return Origin(
      file: row[0].text ?? "", line: Int(row[1].int64 ?? 0), offset: Int(row[2].int64 ?? 0),
      length: Int(row[3].int64 ?? 0), outcome: row[4].text ?? "", issue: row[5].text,
      segment: row[6].text ?? "", sha256: (row[7].text ?? "").lowercased(), bytes: bytes)
  }
}
