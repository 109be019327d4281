internal import Catchment
internal import DuckDB

/// Reads a batch's units back from the raw store, one after another, each file once.
///
/// Holds one unit and what the engine needs of a row group, whatever the size of the files.
final class RawStream {
  private let batch: RawBatch
  private let rawStore: RawStore
  private let rows: ResultSet
  private var chunk: RawRows?
  private var row = 0

  init(
    _ batch: RawBatch, _ rawStore: RawStore, _ connection: Connection
  ) throws(CatchmentError) {
    self.batch = batch
    self.rawStore = rawStore
    do throws(DuckDBError) {
      rows = try connection.stream(Self.query(batch))
    } catch {
      throw .rawStore(error, rawStore.path)
    }
  }

  private static func query(_ batch: RawBatch) -> String {
    let files = batch.files.map(SQL.literal).joined(separator: ", ")
    let selection = "SELECT \(RawRows.columns), unit FROM read_parquet([\(files)])"
    guard batch.isGathered else { return selection }
    let units = batch.units.keys.sorted().map(SQL.literal).joined(separator: ", ")
    return "\(selection) WHERE unit IN (\(units)) ORDER BY unit, generation, line, extracted_at"
  }

  /// The next unit with all its records, oldest generation first, or nil at the end; valid until
  /// the region is used again.
  ///
  /// A record that was kept twice, by a run that was killed and by the next, counts once.
  func next(into region: ByteRegion) throws(CatchmentError) -> ReadUnit? {
    while let rows = try current() {
      let name = rows.unit(at: row)
      guard let kept = batch.units[name] else {
        try skip(name)
        continue
      }
      var filling = try RawFilling(kept.unit, kept.bytes, in: region)
      while let rows = try current(), rows.isUnit(name, at: row) {
        try filling.append(rows, row, isNew: true)
        row += 1
      }
      return filling.finish(importedAt: kept.extractedAt)
    }
    return nil
  }

  private func skip(_ name: String) throws(CatchmentError) {
    while let rows = try current(), rows.isUnit(name, at: row) { row += 1 }
  }

  /// The chunk that `row` is in.
  private func current() throws(CatchmentError) -> RawRows? {
    while chunk.map({ row >= $0.count }) ?? true {
      do throws(DuckDBError) {
        guard let next = try rows.next() else { return nil }
        chunk = RawRows(next)
        row = 0
      } catch {
        throw .rawStore(error, rawStore.path)
      }
    }
    return chunk
  }
}
