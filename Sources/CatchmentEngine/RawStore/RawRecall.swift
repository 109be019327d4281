internal import Catchment
internal import DuckDB

/// Reads back from the raw store what a unit once was.
struct RawRecall {
  let rawStore: RawStore
  let connection: Connection

  /// Which files hold a unit, when that is known; else all are asked.
  var segments: [UUIDBytes: [String]] = [:]

  /// All the files of a source, as an SQL literal.
  static func pattern(_ rawStore: RawStore, _ source: String) -> String {
    SQL.literal("\(rawStore.path)/\(source)/*/*.parquet")
  }

  private func files(of unit: Unit) -> String {
    guard let known = segments[unit.id] else { return Self.pattern(rawStore, unit.source) }
    return "[\(known.map(SQL.literal).joined(separator: ", "))]"
  }

  /// A unit's records as they were kept, oldest generation first, in a region of their own.
  ///
  /// A record that was kept twice, by a run that was killed and by the next, counts once.
  func records(
    of unit: Unit, upTo cursor: Cursor?, into region: ByteRegion
  ) throws(CatchmentError) -> ReadUnit {
    let result: Result<ReadUnit, CatchmentError>
    do throws(DuckDBError) {
      result = try read(unit, cursor, region)
    } catch {
      throw .rawStore(error, rawStore.path)
    }
    return try result.get()
  }

  private func read(
    _ unit: Unit, _ cursor: Cursor?, _ region: ByteRegion
  ) throws(DuckDBError) -> Result<ReadUnit, CatchmentError> {
    let files = files(of: unit)
    let limit =
      cursor.map {
        "AND (generation < \($0.generation) OR (generation = \($0.generation) AND line <= \($0.lines)))"
      } ?? ""
    let selection = """
      FROM (
        SELECT generation, line, "offset", length, sha256, payload, extracted_at FROM read_parquet(\(files))
        WHERE unit = ? \(limit)
        QUALIFY row_number() OVER (PARTITION BY generation, line ORDER BY extracted_at) = 1)
      """
    let size = try connection.query(
      "SELECT coalesce(sum(length + 1), 0)::BIGINT, epoch_us(min(extracted_at)) \(selection)",
      .text(unit.path)
    ).rows().first
    let space: UnsafeMutableRawBufferPointer
    do throws(CatchmentError) {
      space = try region.reserve(Int(size?[0].int64 ?? 0))
    } catch {
      return .failure(error)
    }
    let rows = try connection.stream(
      "SELECT \(RawRows.columns) \(selection) ORDER BY generation, line", .text(unit.path))
    var filling = RawFilling(unit, space)
    while let chunk = try rows.next() {
      let rows = RawRows(chunk)
      do throws(CatchmentError) {
        for row in 0..<rows.count { try filling.append(rows, row, isNew: cursor == nil) }
      } catch {
        return .failure(error)
      }
    }
    return .success(filling.finish(importedAt: size?[1].int64 ?? 0))
  }
}
