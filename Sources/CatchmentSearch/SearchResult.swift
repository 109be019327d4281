public import Catchment
public import DuckDB

/// A hit with what a person wants to know of it.
public struct SearchResult: Sendable {
  public let hit: SearchHit
  /// What its conversation is called, if anything.
  public let title: String?
  public let platform: String
  /// The folder that the conversation began in.
  public let project: String?
  /// What the text is of: a role, or a tool.
  public let speaker: String
  public let snippet: Snippet
}

/// Looks up in the warehouse what hits are.
public struct HitReader: Sendable {
  /// Opens a connection to the warehouse: each of those that read at once has its own.
  public typealias Connect = @Sendable () throws(CatchmentError) -> Connection

  private let connect: Connect
  private let query: SearchQuery
  private let width: Int
  private let readers: Int

  /// Snippets have about `width` characters; as many as `readers` read at once.
  public init(_ query: SearchQuery, width: Int, readers: Int, connect: @escaping Connect) {
    self.connect = connect
    self.query = query
    self.width = width
    self.readers = readers
  }

  /// The same in the same order; a hit whose row is gone is left out.
  public func read(_ hits: [SearchHit]) async throws(CatchmentError) -> [SearchResult] {
    guard !hits.isEmpty else { return [] }
    let texts = try await texts(of: hits)
    let about = try check { connection throws(DuckDBError) -> [UUIDBytes: About] in
      try conversations(of: hits, connection)
    }
    return hits.compactMap { hit in
      guard let talk = about[hit.conversation], let found = texts[hit.row] else {
        return nil
      }
      return SearchResult(
        hit: hit, title: talk.title, platform: talk.platform, project: talk.project,
        speaker: found.speaker,
        snippet: Snippet(of: found.text, terms: query.terms, width: width))
    }
  }

  /// Reading a row makes the engine unpack thousands around it; so the rows are shared out.
  private func texts(of hits: [SearchHit]) async throws(CatchmentError) -> Texts {
    do {
      return try await withThrowingTaskGroup(of: Texts.self) { group in
        for reader in 0..<min(readers, hits.count) {
          let own = stride(from: reader, to: hits.count, by: readers).map { hits[$0] }
          group.addTask {
            try check { connection throws(DuckDBError) -> Texts in
              // Each works through its rows itself: waiting for the engine's threads takes longer.
              try connection.execute("SET threads = 1")
              return try texts(of: own, connection)
            }
          }
        }
        return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      }
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw CatchmentError(.failed, "the warehouse could not answer", cause: "\(error)")
    }
  }

  private func check<R>(
    _ body: (Connection) throws(DuckDBError) -> R
  ) throws(CatchmentError) -> R {
    let connection = try connect()
    defer { connection.close() }
    do throws(DuckDBError) { return try body(connection) } catch {
      throw CatchmentError(
        .failed, "the warehouse could not answer", cause: error.description)
    }
  }

  private typealias About = (title: String?, platform: String, project: String?)

  private func conversations(
    of hits: [SearchHit], _ connection: Connection
  ) throws(DuckDBError) -> [UUIDBytes: About] {
    let rows = try connection.query(
      """
      SELECT conversation_id, coalesce(title, session_id), platform, workspace_path
      FROM main.conversations WHERE conversation_id IN (\(Self.list(hits.map(\.conversation))))
      """
    ).rows()
    var found: [UUIDBytes: About] = [:]
    for row in rows {
      guard let id = row[0].uuid else { continue }
      found[id] = (row[1].text, row[2].text ?? "", row[3].text)
    }
    return found
  }

  private typealias Texts = [UUIDBytes: (speaker: String, text: String)]

  /// Reads rows from where they were, one by one: a list of places would be looked for in all rows.
  ///
  /// Those that have moved since are looked for by their keys, which takes longer.
  private func texts(
    of hits: [SearchHit], _ connection: Connection
  ) throws(DuckDBError) -> Texts {
    var found: Texts = [:]
    for kind in DocumentKind.allCases {
      let wanted = hits.filter { $0.kind == kind }
      let placed = wanted.filter { $0.place >= 0 }
      if !placed.isEmpty {
        let statement = try connection.prepare("\(kind.texts) WHERE rowid = ?")
        for hit in placed { try read(kind, statement, [.integer(hit.place)], &found) }
      }
      let moved = wanted.map(\.row).filter { found[$0] == nil }
      guard !moved.isEmpty else { continue }
      let list = "\(kind.key) IN (\(Self.list(moved)))"
      try read(kind, connection.prepare("\(kind.texts) WHERE \(list)"), [], &found)
    }
    return found
  }

  private func read(
    _ kind: DocumentKind, _ statement: Statement, _ bindings: [Value], _ found: inout Texts
  ) throws(DuckDBError) {
    let reader = DocumentText()
    let result = try statement.execute(bindings)
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount {
        let texts = [2, 3].filter { !columns[$0].isNull(at: row) }.map { column in
          kind.isJSON
            ? columns[column].withBytes(at: row) {
              reader.read($0, isInput: kind == .toolCall && column == 2)
            } : columns[column].string(at: row)
        }
        let speaker = columns[1].isNull(at: row) ? "" : columns[1].string(at: row)
        found[columns[0].uuid(at: row)] = (speaker, texts.joined(separator: "\n"))
      }
    }
  }

  private static func list(_ ids: [UUIDBytes]) -> String {
    Set(ids).map { "'\($0)'::UUID" }.joined(separator: ", ")
  }
}

extension DocumentKind {
  fileprivate var key: String {
    switch self {
    case .title: "conversation_id"
    case .message: "message_id"
    case .toolCall: "tool_call_id"
    case .summary: "summary_id"
    }
  }

  /// A row's key, who speaks, and its texts, without a condition.
  fileprivate var texts: String {
    switch self {
    case .title: "SELECT \(key), 'title', title, NULL::VARCHAR FROM main.conversations"
    case .message: "SELECT \(key), role, content, NULL::VARCHAR FROM main.messages"
    case .toolCall: "SELECT \(key), tool_name, tool_input, tool_output FROM main.tool_calls"
    case .summary: "SELECT \(key), type, text, NULL::VARCHAR FROM main.summaries"
    }
  }
}
