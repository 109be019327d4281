internal import Catchment
internal import DuckDB

/// The units that the raw store holds.
struct RawUnits {
  let rawStore: RawStore
  let source: String
  let connection: Connection

  struct Kept {
    var unit: Unit
    /// The files that hold some of it.
    var segments: [String]
  }

  /// Each unit with its size as it was kept, in the order of their paths.
  func all() throws(DuckDBError) -> [Kept] {
    let result = try connection.stream(
      """
      SELECT unit, max("offset" + length)::BIGINT, list(DISTINCT filename)
      FROM read_parquet(\(RawRecall.pattern(rawStore, source)), filename = true)
      GROUP BY unit ORDER BY unit
      """)
    var units: [Kept] = []
    while let chunk = try result.next() {
      for row in 0..<chunk.rowCount {
        let unit = Unit(
          source: source, path: chunk.column(0).string(at: row),
          fingerprint: .init(size: chunk.column(1).int64(at: row), modified: 0))
        guard case .list(let files) = chunk.row(row)[2] else { continue }
        units.append(Kept(unit: unit, segments: files.compactMap(\.text)))
      }
    }
    return units
  }
}
