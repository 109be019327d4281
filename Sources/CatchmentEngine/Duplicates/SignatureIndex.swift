internal import Catchment
internal import DuckDB

/// The signatures of conversations, kept in the warehouse: one is made again only when its
/// conversation's content changed.
struct SignatureIndex {
  /// So many at a time: a sketch is a kilobyte while it is made.
  private static let batchSize = 8_192

  let connection: Connection

  /// Sets the signature of every talk; the result is how many had to be made.
  func sign(_ talks: inout [Talk]) throws(DuckDBError) -> Int {
    let known = try stored(talks)
    var missing: [Int] = []
    for place in talks.indices {
      if let found = known[talks[place].id], found.contentHash == talks[place].contentHash {
        talks[place].signature = found.signature
      } else {
        missing.append(place)
      }
    }
    guard !missing.isEmpty else { return 0 }
    let read = try makeAll(missing, &talks)
    try store(missing, talks)
    return read
  }

  /// Of several with the same content the first is read; tells how many were.
  private func makeAll(_ missing: [Int], _ talks: inout [Talk]) throws(DuckDBError) -> Int {
    var firsts: [String: Int] = [:]
    for place in missing where firsts[talks[place].contentHash] == nil {
      firsts[talks[place].contentHash] = place
    }
    let read = missing.filter { firsts[talks[$0].contentHash] == $0 }
    for start in stride(from: 0, to: read.count, by: Self.batchSize) {
      try make(Array(read[start...].prefix(Self.batchSize)), &talks)
    }
    for place in missing {
      guard let first = firsts[talks[place].contentHash] else { continue }
      talks[place].signature = talks[first].signature
    }
    return read.count
  }

  private func make(_ places: [Int], _ talks: inout [Talk]) throws(DuckDBError) {
    var sketches = places.map { _ in Sketch() }
    let owners = Dictionary(
      places.enumerated().map { (talks[$1].id, $0) }, uniquingKeysWith: { first, _ in first })
    try MessageShingles(connection: connection).forEach(of: owners) { owner, shingle, isModel in
      sketches[owner].add(shingle, isModel: isModel)
    }
    for (number, place) in places.enumerated() {
      talks[place].signature = sketches[number].signature
    }
  }

  // MARK: In the warehouse

  private func stored(
    _ talks: [Talk]
  ) throws(DuckDBError) -> [UUIDBytes: (contentHash: String, signature: Signature)] {
    var known: [UUIDBytes: (contentHash: String, signature: Signature)] = [:]
    guard !talks.isEmpty else { return known }
    let result = try connection.stream(
      """
      SELECT conversation_id, content_hash, shingles, model_shingles, signature
      FROM catchment.conversation_signatures
      """)
    let wanted = Set(talks.map(\.id))
    while let chunk = try result.next() {
      let columns = (0..<5).map(chunk.column)
      for row in 0..<chunk.rowCount {
        let id = columns[0].uuid(at: row)
        guard wanted.contains(id) else { continue }
        let values = columns[4].withBytes(at: row) {
          ContiguousArray($0.bindMemory(to: UInt32.self))
        }
        known[id] = (
          columns[1].string(at: row),
          Signature(
            values: values, shingles: Int(columns[2].int64(at: row)),
            modelShingles: Int(columns[3].int64(at: row)))
        )
      }
    }
    return known
  }

  private func store(_ places: [Int], _ talks: [Talk]) throws(DuckDBError) {
    let ids = try WantedIDs(connection).list(places.map { talks[$0].id })
    try connection.execute(
      """
      DELETE FROM catchment.conversation_signatures
      WHERE conversation_id NOT IN (SELECT conversation_id FROM main.conversations)
        OR conversation_id IN (\(ids))
      """)
    let rows = try Appender(
      connection, catalog: Warehouse.catalog, schema: EngineTables.schema,
      table: EngineTables.signatures.name)
    for place in places {
      let talk = talks[place]
      rows.setUUID(0, talk.id)
      rows.setText(1, talk.contentHash)
      rows.set(2, talk.signature.shingles)
      rows.set(3, talk.signature.modelShingles)
      talk.signature.values.withUnsafeBytes { rows.setBlob(4, $0) }
      try rows.endRow()
    }
    try rows.close()
  }
}

/// Reads the words of some conversations, a vector of messages at a time.
struct MessageShingles {
  let connection: Connection

  /// Calls `body` with every shingle of their messages, in no order, and the number of its
  /// conversation.
  func forEach(
    of numbers: [UUIDBytes: Int],
    _ body: (_ number: Int, _ shingle: UInt64, _ isModel: Bool) -> Void
  ) throws(DuckDBError) {
    guard !numbers.isEmpty else { return }
    let ids = try WantedIDs(connection).list(numbers.keys.sorted())
    let result = try connection.stream(
      """
      SELECT conversation_id, role = 'assistant', content FROM main.messages
      WHERE conversation_id IN (\(ids)) AND content IS NOT NULL
      """)
    var shingler = Shingler()
    while let chunk = try result.next() {
      let (owners, roles, contents) = (chunk.column(0), chunk.column(1), chunk.column(2))
      for row in 0..<chunk.rowCount {
        guard let number = numbers[owners.uuid(at: row)] else { continue }
        let isModel = !roles.isNull(at: row) && roles.bool(at: row)
        contents.withBytes(at: row) { content in
          shingler.forEachShingle(of: content) { body(number, $0, isModel) }
        }
      }
    }
  }
}
