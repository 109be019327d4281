internal import Catchment
internal import DuckDB
internal import JSONTape

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
      throw CatchmentError(
        .damaged, "the raw store \(rawStore.path) cannot be read",
        hint: "run `catchment raw check` to see which file is damaged", cause: error.message)
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
        SELECT generation, line, "offset", sha256, payload, extracted_at FROM read_parquet(\(files))
        WHERE unit = ? \(limit)
        QUALIFY row_number() OVER (PARTITION BY generation, line ORDER BY extracted_at) = 1)
      """
    let size = try connection.query(
      "SELECT coalesce(sum(octet_length(payload) + 1), 0)::BIGINT, epoch_us(min(extracted_at)) \(selection)",
      .text(unit.path)
    ).rows().first
    let space: UnsafeMutableRawBufferPointer
    do throws(CatchmentError) {
      space = try region.reserve(Int(size?[0].int64 ?? 0))
    } catch {
      return .failure(error)
    }
    var records = ContiguousArray<RawRecord>()
    let rows = try connection.stream(
      "SELECT generation, line, \"offset\", sha256, payload \(selection) ORDER BY generation, line",
      .text(unit.path))
    var used = 0
    while let chunk = try rows.next() {
      for row in 0..<chunk.rowCount {
        records.append(record(chunk, row, at: used, isNew: cursor == nil))
        chunk.column(4).withBytes(at: row) { payload in
          UnsafeMutableRawBufferPointer(rebasing: space[used...]).copyMemory(from: payload)
          used += payload.count
        }
        space[used] = UInt8(ascii: "\n")
        used += 1
      }
    }
    let importedAt = size?[1].int64 ?? 0
    let content = UnitContent(
      unit: unit, region: UnsafeRawBufferPointer(rebasing: space[..<used]), records: records,
      isOpenEnded: false, importedAt: importedAt)
    return .success(ReadUnit(content: content, isPrefixUnchanged: true))
  }

  private func record(
    _ chunk: DataChunk, _ row: Int, at position: Int, isNew: Bool
  ) -> RawRecord {
    let digest = chunk.column(3).withBytes(at: row) { bytes in
      RawRecord.Digest(
        words: (
          bytes.loadUnaligned(as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
          bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
        ))
    }
    return RawRecord(
      position: position, length: chunk.column(4).withBytes(at: row) { $0.count },
      offset: chunk.column(2).int64(at: row), line: chunk.column(1).int64(at: row),
      generation: Int32(chunk.column(0).int64(at: row)), isNew: isNew, digest: digest)
  }
}
