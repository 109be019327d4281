internal import Catchment
internal import DuckDB

/// The units that the raw store holds, and where.
struct RawUnits {
  let rawStore: RawStore
  let source: String
  let connection: Connection

  struct Kept: Sendable {
    var unit: Unit
    /// The files that hold some of it.
    var segments: [String]
    /// What its records take with a line end each; more when some were kept twice.
    var bytes: Int
    /// When it was first read, in microseconds since 1970.
    var extractedAt: Int64
    /// Whether it lies in one piece, its records in order.
    var isContiguous: Bool
  }

  /// Each unit with its size as it was kept, in the order of their paths.
  ///
  /// Reads no payload.
  func all() throws(CatchmentError) -> [Kept] {
    guard try !rawStore.segments(source: source).isEmpty else { return [] }
    do throws(DuckDBError) {
      return try read()
    } catch {
      throw .rawStore(error, rawStore.path)
    }
  }

  private func read() throws(DuckDBError) -> [Kept] {
    let result = try connection.stream(
      """
      WITH pieces AS (
        SELECT unit, filename, \(RawStoreFiles.machine(of: "filename")) AS machine, max("offset" + length) AS size, sum(length + 1) AS bytes,
          min(extracted_at) AS extracted_at,
          max(file_row_number) - min(file_row_number) + 1 = count(*) AS is_contiguous
        FROM read_parquet(
          \(RawRecall.pattern(rawStore, source)), filename = true, file_row_number = true)
        GROUP BY ALL)
      SELECT unit, max(size)::BIGINT, list(filename ORDER BY filename), sum(bytes)::BIGINT,
        epoch_us(min(extracted_at)), count(*) = 1 AND bool_and(is_contiguous), machine
      FROM pieces GROUP BY unit, machine ORDER BY unit, machine
      """)
    var units: [Kept] = []
    while let chunk = try result.next() {
      let machines = chunk.column(6)
      for row in 0..<chunk.rowCount {
        let unit = Unit(
          source: source, path: chunk.column(0).string(at: row),
          fingerprint: .init(size: chunk.column(1).int64(at: row), modified: 0),
          machine: machines.isNull(at: row) ? nil : machines.string(at: row))
        guard case .list(let files) = chunk.row(row)[2] else { continue }
        units.append(
          Kept(
            unit: unit, segments: files.compactMap(\.text),
            bytes: Int(chunk.column(3).int64(at: row)), extractedAt: chunk.column(4).int64(at: row),
            isContiguous: chunk.column(5).bool(at: row)))
      }
    }
    return units
  }
}

extension CatchmentError {
  /// What the engine said of a file of the raw store.
  static func rawStore(_ error: DuckDBError, _ path: String) -> CatchmentError {
    switch error.code {
    case .diskFull, .interrupted, .outOfMemory: return .warehouse(error, path)
    default:
      return CatchmentError(
        .damaged, "the raw store \(path) cannot be read",
        hint: "run `catchment raw check` to see which file is damaged", cause: error.message)
    }
  }
}
