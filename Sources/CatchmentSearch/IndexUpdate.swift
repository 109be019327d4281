public import Catchment
public import DuckDB
internal import GRDB

/// How far an update of the index is.
public struct IndexProgress: Sendable {
  /// Documents that were looked at.
  public var done: Int
  /// What there are to look at, about.
  public var total: Int
}

extension SearchIndex {
  /// Makes the index agree with the warehouse that `connection` reads.
  ///
  /// Only conversations whose rows differ are read again, and of them only rows that differ are
  /// written; the engine tells them by a hash over everything. What is committed stays when the process
  /// dies: the next update goes on from there.
  public func bringUpToDate(
    with connection: Connection, at state: WarehouseState,
    progress: (IndexProgress) -> Void
  ) throws(CatchmentError) {
    let lock = try FileLock.take(path + ".lock", .wait)
    defer { lock?.release() }
    // Another process may have done it while this one waited.
    if try agrees(with: state) { return }
    try removeWaste()
    do {
      try IndexUpdate(index: self, connection: connection).run(progress)
    } catch let error as DuckDBError {
      throw CatchmentError(
        .failed, "the warehouse could not be read for the search index", cause: error.description)
    } catch {
      throw .searchIndex(error, path)
    }
    try write { database in
      try database.execute(sql: "DELETE FROM state")
      try database.execute(sql: "INSERT INTO state VALUES (?)", arguments: [state.mark])
    }
  }

  /// Begins anew when most of the words are those of retired documents.
  private func removeWaste() throws(CatchmentError) {
    try write { database in
      let counts = try Row.fetchOne(
        database, sql: "SELECT count(*), count(*) FILTER (WHERE conversation = 0) FROM documents")
      guard let all: Int = counts?[0], let retired: Int = counts?[1], retired > 10_000,
        retired * 2 > all
      else { return }
      for table in ["words", "documents", "conversations", "state"] {
        try database.execute(sql: "DROP TABLE \(table)")
      }
      try SearchSchema.create(database)
    }
  }
}

/// One pass over the conversations that differ.
struct IndexUpdate {
  /// How much text is committed at once.
  private static let batchBytes = 24 << 20
  /// How many documents of a conversation, or of several, are compared at once.
  private static let chunkDocuments = 200_000

  let index: SearchIndex
  let connection: Connection

  private struct Conversation {
    var id: UUIDBytes
    var print: Int64
    var documents: Int
  }

  func run(_ progress: (IndexProgress) -> Void) throws {
    let current = try currentConversations()
    let stored = try storedConversations()
    try retire(stored.keys.filter { !current.ids.contains($0) })
    let changed = current.all.filter { stored[$0.id] != $0.print }
    var state = IndexProgress(done: 0, total: changed.reduce(0) { $0 + $1.documents })
    progress(state)
    let hasPlaces = try hasPlaces()
    for chunk in Self.chunks(changed) {
      let ids = chunk.count == current.all.count ? nil : chunk.map(\.id)
      var pass = ChunkPass(
        index: index, connection: connection, batchBytes: Self.batchBytes, hasPlaces: hasPlaces)
      try pass.run(chunk.map { ($0.id, $0.print) }, only: ids) { count in
        state.done += count
        progress(state)
      }
    }
  }

  private func hasPlaces() throws(DuckDBError) -> Bool {
    try connection.query("SELECT count(*) FROM duckdb_views() WHERE view_name = 'messages'")
      .scalar()?.int64 == 0
  }

  private func currentConversations() throws -> (all: [Conversation], ids: Set<UUIDBytes>) {
    let rows = try connection.query(
      """
      SELECT c.conversation_id, (hash(c.platform, c.workspace_path, c.title, c.model, c.created_at,
        c.updated_at, m.print, m.number, t.print, t.number, s.print) >> 1)::BIGINT,
        coalesce(m.number, 0) + coalesce(t.number, 0) + 1
      FROM main.conversations c
      LEFT JOIN (SELECT conversation_id, count(*) AS number, bit_xor(hash(
          message_id, kind, role, model, timestamp, content)) AS print
        FROM main.messages GROUP BY 1) m USING (conversation_id)
      LEFT JOIN (SELECT conversation_id, count(*) AS number, bit_xor(hash(
          tool_call_id, tool_name, timestamp, tool_input, tool_output)) AS print
        FROM main.tool_calls GROUP BY 1) t USING (conversation_id)
      LEFT JOIN (SELECT conversation_id, bit_xor(hash(summary_id, type, timestamp, text)) AS print
        FROM main.summaries GROUP BY 1) s USING (conversation_id)
      ORDER BY c.created_at NULLS FIRST, 1
      """
    ).rows()
    let all = rows.compactMap { row -> Conversation? in
      guard let id = row[0].uuid, let print = row[1].int64 else { return nil }
      return Conversation(id: id, print: print, documents: Int(row[2].int64 ?? 0))
    }
    return (all, Set(all.map(\.id)))
  }

  private func storedConversations() throws(CatchmentError) -> [UUIDBytes: Int64?] {
    try index.read { database in
      var stored: [UUIDBytes: Int64?] = [:]
      let rows = try Row.fetchCursor(database, sql: "SELECT high, low, print FROM conversations")
      while let row = try rows.next() {
        stored[UUIDBytes(signed: row[0], row[1])] = .some(row[2] as Int64?)
      }
      return stored
    }
  }

  private func retire(_ gone: [UUIDBytes]) throws(CatchmentError) {
    guard !gone.isEmpty else { return }
    try index.write { database in
      for id in gone {
        let key = [Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        try database.execute(
          sql: """
            UPDATE documents SET conversation = 0 WHERE conversation =
              (SELECT number FROM conversations WHERE high = ? AND low = ?)
            """, arguments: StatementArguments(key))
        try database.execute(
          sql: "DELETE FROM conversations WHERE high = ? AND low = ?",
          arguments: StatementArguments(key))
      }
    }
  }

  private static func chunks(_ conversations: [Conversation]) -> [ArraySlice<Conversation>] {
    var chunks: [ArraySlice<Conversation>] = []
    var start = 0
    var documents = 0
    for (place, conversation) in conversations.enumerated() {
      if documents > 0, documents + conversation.documents > chunkDocuments {
        chunks.append(conversations[start..<place])
        (start, documents) = (place, 0)
      }
      documents += conversation.documents
    }
    if start < conversations.count { chunks.append(conversations[start...]) }
    return chunks
  }
}

extension UUIDBytes {
  /// From two of SQLite's numbers.
  init(signed high: Int64, _ low: Int64) {
    self.init(high: UInt64(bitPattern: high), low: UInt64(bitPattern: low))
  }
}
