internal import Catchment
internal import DuckDB

/// What a table holds, in numbers that do not depend on the order of its rows.
struct TableTotals: Equatable {
  var rows = 0
  /// The sum of the keys' lower halves; 0 in tables without keys.
  var keys: UInt64 = 0
  /// The sum of the fingerprints; nil when it is not known without reading every row.
  var hashes: UInt64? = 0

  mutating func add(_ row: RowFingerprint) {
    rows += 1
    keys &+= row.key?.low ?? 0
    hashes = hashes.map { $0 &+ UInt64(row.hash) }
  }

  /// Adds the rows of a chunk, whose last column is the fingerprint.
  mutating func add(_ chunk: DataChunk, key: Int?) {
    let hash = chunk.column(chunk.columnCount - 1)
    let keys = key.map(chunk.column)
    for row in 0..<chunk.rowCount {
      add(RowFingerprint(key: keys?.uuid(at: row), hash: hash.int64(at: row)))
    }
  }

  /// Whether a follower that has `found` has these, as far as they are known.
  func agrees(with found: TableTotals) -> Bool {
    rows == found.rows && keys == found.keys && (hashes == nil || hashes == found.hashes)
  }

  /// The facts of a publication about a table.
  func facts(of table: FollowerTable) -> [String: String] {
    [
      "\(table.name).rows": "\(rows)", "\(table.name).keys": "\(keys)",
      "\(table.name).hashes": "\(hashes ?? 0)",
    ]
  }

  /// How many rows a publication says a table has.
  static func rows(of table: FollowerTable, in publication: Publication) -> Int? {
    publication.facts["\(table.name).rows"].flatMap { Int($0) }
  }
}
