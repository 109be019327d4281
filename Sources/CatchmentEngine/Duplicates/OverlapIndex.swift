internal import Catchment
internal import DuckDB

/// The exact overlaps of pairs, kept in the warehouse: a pair is read again only when one of its two
/// conversations changed.
struct OverlapIndex {
  /// So many shingles are in memory at a time, of 8 bytes or 16; one conversation may have more.
  private static let batchSize = 2 << 20

  let connection: Connection
  /// How many pairs were read and compared word by word.
  private(set) var pairsRead = 0
  private var known: [Bands.Pair: Overlap] = [:]

  /// Takes over what the warehouse has of these talks.
  init(_ connection: Connection, _ talks: [Talk]) throws(DuckDBError) {
    self.connection = connection
    guard !talks.isEmpty else { return }
    let places = Dictionary(
      talks.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { first, _ in first })
    let rows = try connection.query(
      """
      SELECT first_id, second_id, first_hash, second_hash, shared, total, shared_of_model,
        fewest_of_model FROM catchment.similar_pairs
      """
    )
    while let chunk = try rows.next() {
      for row in 0..<chunk.rowCount {
        guard let first = places[chunk.column(0).uuid(at: row)],
          let second = places[chunk.column(1).uuid(at: row)],
          talks[first].contentHash == chunk.column(2).string(at: row),
          talks[second].contentHash == chunk.column(3).string(at: row)
        else { continue }
        func count(_ column: Int) -> Int { Int(chunk.column(column).int64(at: row)) }
        known[.init(first, second)] = Overlap(
          shared: count(4), total: count(5), sharedOfModel: count(6), fewestOfModel: count(7))
      }
    }
  }

  subscript(pair: Bands.Pair) -> Overlap? { known[pair] }

  /// Reads the words of those pairs that are not known yet.
  mutating func learn(_ pairs: [Bands.Pair], _ talks: [Talk]) throws(DuckDBError) {
    let unknown = pairs.filter { known[$0] == nil }
    guard !unknown.isEmpty else { return }
    for batch in Self.batches(unknown, talks) { try read(batch, talks) }
    try store(unknown, talks)
  }

  private static func batches(_ pairs: [Bands.Pair], _ talks: [Talk]) -> [[Bands.Pair]] {
    var batches: [[Bands.Pair]] = []
    var members: Set<Int> = []
    var size = 0
    for pair in pairs {
      let added = [pair.first, pair.second].filter { !members.contains($0) }
      let more = added.reduce(0) { $0 + talks[$1].signature.shingles }
      if batches.isEmpty || size + more > batchSize {
        batches.append([])
        members = [pair.first, pair.second]
        size = members.reduce(0) { $0 + talks[$1].signature.shingles }
      } else {
        members.formUnion(added)
        size += more
      }
      batches[batches.count - 1].append(pair)
    }
    return batches
  }

  private mutating func read(_ pairs: [Bands.Pair], _ talks: [Talk]) throws(DuckDBError) {
    let members = Set(pairs.flatMap { [$0.first, $0.second] }).sorted()
    var sets = members.map { _ in ShingleSet() }
    let owners = Dictionary(
      members.enumerated().map { (talks[$1].id, $0) }, uniquingKeysWith: { first, _ in first })
    try MessageShingles(connection: connection).forEach(of: owners) { owner, shingle, isModel in
      sets[owner].add(shingle, isModel: isModel)
    }
    for place in sets.indices { sets[place].seal() }
    for pair in pairs {
      guard let first = owners[talks[pair.first].id], let second = owners[talks[pair.second].id]
      else { continue }
      known[pair] = sets[first].overlap(with: sets[second])
      pairsRead += 1
    }
  }

  private func store(_ pairs: [Bands.Pair], _ talks: [Talk]) throws(DuckDBError) {
    try connection.execute(
      """
      DELETE FROM catchment.similar_pairs p
      WHERE NOT EXISTS (FROM main.conversations c
          WHERE c.conversation_id = p.first_id AND c.content_hash = p.first_hash)
        OR NOT EXISTS (FROM main.conversations c
          WHERE c.conversation_id = p.second_id AND c.content_hash = p.second_hash)
      """)
    let rows = try Appender(
      connection, catalog: Warehouse.catalog, schema: EngineTables.schema,
      table: EngineTables.similarPairs.name)
    for pair in pairs {
      guard let overlap = known[pair] else { continue }
      let (first, second) = (talks[pair.first], talks[pair.second])
      rows.setUUID(0, first.id)
      rows.setUUID(1, second.id)
      rows.setText(2, first.contentHash)
      rows.setText(3, second.contentHash)
      rows.set(4, overlap.shared)
      rows.set(5, overlap.total)
      rows.set(6, overlap.sharedOfModel)
      rows.set(7, overlap.fewestOfModel)
      try rows.endRow()
    }
    try rows.close()
  }
}
