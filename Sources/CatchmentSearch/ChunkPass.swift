internal import Catchment
internal import DuckDB
internal import GRDB

/// Brings the documents of some conversations into the index.
struct ChunkPass {
  private let index: SearchIndex
  private let connection: Connection
  private let batchBytes: Int
  private let hasPlaces: Bool
  private let text = DocumentText()
  /// The index's number of each conversation.
  private var numbers: [UUIDBytes: Int64] = [:]
  /// What the index has of the conversations and was not met yet.
  private var known: [Key: (id: Int64, print: Int64)] = [:]
  private var batch: [PendingDocument] = []
  private var bytes = 0
  private var retired: [Int64] = []

  private struct Key: Hashable {
    var kind: Int64
    var row: UUIDBytes
  }

  init(index: SearchIndex, connection: Connection, batchBytes: Int, hasPlaces: Bool) {
    self.hasPlaces = hasPlaces
    self.index = index
    self.connection = connection
    self.batchBytes = batchBytes
  }

  /// `only` names the conversations to the engine; without it, it reads all.
  mutating func run(
    _ conversations: [(id: UUIDBytes, print: Int64)], only: [UUIDBytes]?,
    _ advance: (Int) -> Void
  ) throws {
    try meet(conversations.map(\.id))
    for kind in DocumentKind.allCases { try read(kind, only, advance) }
    retired += known.values.map(\.id)
    try flush(agreeing: conversations)
  }

  /// Learns what the index has of them; new ones get a number, but no print before all of theirs is in.
  private mutating func meet(_ ids: [UUIDBytes]) throws(CatchmentError) {
    let (numbers, known) = try index.write { database in
      var numbers: [UUIDBytes: Int64] = [:]
      var known: [Key: (id: Int64, print: Int64)] = [:]
      let find = try database.cachedStatement(
        sql: "SELECT number FROM conversations WHERE high = ? AND low = ?")
      let list = try database.cachedStatement(
        sql: "SELECT id, kind, high, low, print FROM documents WHERE conversation = ?")
      for id in ids {
        let key: StatementArguments = [Int64(bitPattern: id.high), Int64(bitPattern: id.low)]
        guard let number = try Int64.fetchOne(find, arguments: key) else {
          try database.execute(
            sql: "INSERT INTO conversations (high, low) VALUES (?, ?)", arguments: key)
          numbers[id] = database.lastInsertedRowID
          continue
        }
        numbers[id] = number
        let rows = try Row.fetchCursor(list, arguments: [number])
        while let row = try rows.next() {
          known[Key(kind: row[1], row: UUIDBytes(signed: row[2], row[3]))] = (row[0], row[4])
        }
      }
      return (numbers, known)
    }
    self.numbers = numbers
    self.known = known
  }

  private mutating func read(
    _ kind: DocumentKind, _ only: [UUIDBytes]?, _ advance: (Int) -> Void
  ) throws {
    let list = only.map { ids in ids.map { "'\($0)'::UUID" }.joined(separator: ", ") }
    let condition = list.map { "c.conversation_id IN (\($0))" } ?? "true"
    let result = try connection.stream(kind.rows(where: condition, hasPlaces: hasPlaces))
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount { try take(kind, columns, row) }
      advance(chunk.rowCount)
    }
  }

  private mutating func take(_ kind: DocumentKind, _ columns: [Vector], _ row: Int) throws {
    guard let conversation = numbers[columns[0].uuid(at: row)] else { return }
    let id = columns[1].uuid(at: row)
    let print = columns[2].int64(at: row)
    if let found = known.removeValue(forKey: Key(kind: kind.rawValue, row: id)) {
      if found.print == print { return }
      retired.append(found.id)
    }
    let texts = texts(kind, columns, row)
    guard !texts.isEmpty else { return }
    let document = PendingDocument(
      conversation: conversation, kind: kind, row: id, print: print,
      time: columns[3].isNull(at: row) ? nil : columns[3].int64(at: row),
      place: columns[12].int64(at: row), texts: texts,
      facets: (5...9).map { columns[$0].isNull(at: row) ? nil : columns[$0].string(at: row) })
    batch.append(document)
    bytes += document.byteCount
    if bytes >= batchBytes { try flush() }
  }

  /// The texts with their places; a call without any still counts, for its tool.
  private func texts(
    _ kind: DocumentKind, _ columns: [Vector], _ row: Int
  ) -> [(place: Int, text: String)] {
    var found: [(place: Int, text: String)] = []
    func add(_ column: Int, _ name: String, isInput: Bool) {
      guard !columns[column].isNull(at: row), let place = SearchSchema.texts.firstIndex(of: name)
      else { return }
      let content =
        kind.isJSON
        ? columns[column].withBytes(at: row) { text.read($0, isInput: isInput) }
        : columns[column].string(at: row)
      if !content.isEmpty { found.append((place, content)) }
    }
    guard kind == .toolCall else {
      add(10, columns[4].string(at: row), isInput: false)
      return found
    }
    add(10, "input", isInput: true)
    add(11, "output", isInput: false)
    return found.isEmpty ? [(0, "")] : found
  }

  /// Commits what waits; with `agreeing`, also that these conversations are in whole.
  private mutating func flush(agreeing: [(id: UUIDBytes, print: Int64)] = []) throws(CatchmentError)
  {
    let (batch, retired) = (batch, retired)
    try index.write { database in
      var writer = try DocumentWriter(database)
      try writer.write(batch)
      let retire = try database.cachedStatement(
        sql: "UPDATE documents SET conversation = 0 WHERE id = ?")
      for id in retired { try retire.execute(arguments: [id]) }
      let agree = try database.cachedStatement(
        sql: "UPDATE conversations SET print = ? WHERE high = ? AND low = ?")
      for (id, print) in agreeing {
        try agree.execute(
          arguments: [print, Int64(bitPattern: id.high), Int64(bitPattern: id.low)])
      }
    }
    self.batch.removeAll(keepingCapacity: true)
    self.retired.removeAll(keepingCapacity: true)
    bytes = 0
  }
}
