internal import DuckDB
internal import GRDB

/// A document on its way into the index.
struct PendingDocument {
  var conversation: Int64
  var kind: DocumentKind
  var row: UUIDBytes
  var print: Int64
  var time: Int64?
  /// Where the engine keeps the row, for as long as it does.
  var place: Int64
  /// By the place in `SearchSchema.texts`.
  var texts: [(place: Int, text: String)]
  var facets: [String?]

  var byteCount: Int { texts.reduce(100) { $0 + $1.text.utf8.count } }

  /// Oldest first, as the index likes them.
  static func precedes(_ left: PendingDocument, _ right: PendingDocument) -> Bool {
    (left.time ?? 0) < (right.time ?? 0)
  }
}

/// Writes documents into the index, numbered by their hours.
struct DocumentWriter {
  private let documents: GRDB.Statement
  private let words: GRDB.Statement
  private let newest: GRDB.Statement
  private var next: [Int64: Int64] = [:]

  init(_ database: GRDB.Database) throws {
    let columns = SearchSchema.texts + SearchSchema.facets
    documents = try database.cachedStatement(
      sql: "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
    words = try database.cachedStatement(
      sql: """
        INSERT INTO words (rowid, \(columns.joined(separator: ", ")))
        VALUES (?\(String(repeating: ", ?", count: columns.count)))
        """)
    newest = try database.cachedStatement(
      sql: "SELECT max(id) FROM documents WHERE id BETWEEN ? AND ?")
  }

  /// Writes them all; in an order of time they take the least work.
  mutating func write(_ pending: [PendingDocument]) throws {
    for document in pending.sorted(by: PendingDocument.precedes) { try write(document) }
  }

  private mutating func write(_ document: PendingDocument) throws {
    let id = try number(at: document.time)
    try documents.execute(
      arguments: [
        id, document.conversation, document.kind.rawValue, Int64(bitPattern: document.row.high),
        Int64(bitPattern: document.row.low), document.print, document.time,
        document.place,
      ])
    var values: [(any DatabaseValueConvertible)?] = [id]
    for place in SearchSchema.texts.indices {
      values.append(document.texts.first { $0.place == place }?.text)
    }
    values += document.facets as [(any DatabaseValueConvertible)?]
    try words.execute(arguments: StatementArguments(values))
  }

  /// The next number of an hour that none has had.
  private mutating func number(at time: Int64?) throws -> Int64 {
    let numbers = DocumentNumber.numbers(at: time)
    let id: Int64
    if let known = next[numbers.lowerBound] {
      id = known
    } else {
      let last = try Int64.fetchOne(newest, arguments: [numbers.lowerBound, numbers.upperBound])
      id = last.map { $0 + 1 } ?? numbers.lowerBound
    }
    next[numbers.lowerBound] = id + 1
    return id
  }
}
