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
    rawStore.pattern(source: source, machine: .none)
  }

  private func files(of unit: Unit) -> String {
    guard let known = segments[unit.id] else {
      return rawStore.pattern(source: unit.source, machine: .some(unit.machine))
    }
    return "[\(known.map(SQL.literal).joined(separator: ", "))]"
  }

  /// A unit's records as they were kept, oldest generation first, in a region of their own.
  ///
  /// A record that was kept twice, by a run that was killed and by the next, counts once.
  func records(
    of unit: Unit, upTo cursor: Cursor?, into region: ByteRegion
  ) throws(CatchmentError) -> ReadUnit {
    let selection = "FROM read_parquet(\(files(of: unit))) WHERE unit = ? \(limit(cursor))"
    let places = try check { () throws(DuckDBError) in
      try RawPlaces(of: unit, selection, connection, isNew: cursor == nil)
    }
    let space = try region.reserve(places.size)
    // In whatever order they lie in, for sorting them would take memory; each has its place.
    let payloads = try check { () throws(DuckDBError) in
      try connection.stream(
        "SELECT generation, line, epoch_us(extracted_at), payload \(selection)", .text(unit.path))
    }
    var filled = 0
    while let chunk = try check({ () throws(DuckDBError) in try payloads.next() }) {
      filled += try places.fill(space, from: chunk)
      guard filled >= Self.stride else { continue }
      region.forget()
      filled = 0
    }
    let content = UnitContent(
      unit: unit, region: UnsafeRawBufferPointer(rebasing: space[..<places.size]),
      records: places.records, isOpenEnded: false, importedAt: places.importedAt)
    return ReadUnit(content: content, isPrefixUnchanged: true, region: region)
  }

  /// So many bytes are filled before their memory is given back.
  private static let stride = 16 << 20

  private func limit(_ cursor: Cursor?) -> String {
    guard let cursor else { return "" }
    return "AND (generation < \(cursor.generation) "
      + "OR (generation = \(cursor.generation) AND line <= \(cursor.lines)))"
  }

  private func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    do throws(DuckDBError) { return try body() } catch { throw .rawStore(error, rawStore.path) }
  }
}

/// A unit's records in their order, each with a place in a region, while their bytes are gathered.
private struct RawPlaces {
  private let unit: Unit
  private(set) var records = ContiguousArray<RawRecord>()
  /// When each was kept.
  private var times = ContiguousArray<Int64>()
  /// What they take with a line end each.
  private(set) var size = 0

  /// - Parameter selection: the rows of the unit, which is the one parameter.
  init(
    of unit: Unit, _ selection: String, _ connection: Connection, isNew: Bool
  ) throws(DuckDBError) {
    self.unit = unit
    let rows = try connection.stream(
      """
      SELECT generation, line, "offset", sha256, length, epoch_us(extracted_at) AS kept_at
      \(selection)
      QUALIFY row_number() OVER (PARTITION BY generation, line ORDER BY extracted_at) = 1
      ORDER BY generation, line
      """, .text(unit.path))
    while let chunk = try rows.next() {
      let (places, lengths, kept) = (RawRows(chunk), chunk.column(4), chunk.column(5))
      for row in 0..<places.count {
        let length = Int(lengths.int64(at: row))
        records.append(places.record(at: row, position: size, length: length, isNew: isNew))
        times.append(kept.int64(at: row))
        size += length + 1
      }
    }
  }

  /// When the first of them was kept.
  var importedAt: Int64 { times.min() ?? 0 }

  /// Puts the payloads of a chunk (generation, line, time, payload) where they belong; tells how
  /// many bytes that were.
  func fill(
    _ space: UnsafeMutableRawBufferPointer, from chunk: DataChunk
  ) throws(CatchmentError) -> Int {
    let (generations, lines) = (chunk.column(0), chunk.column(1))
    let (kept, payloads) = (chunk.column(2), chunk.column(3))
    var filled = 0
    for row in 0..<chunk.rowCount {
      let key = (generations.int64(at: row), lines.int64(at: row))
      guard let place = place(of: key), times[place] == kept.int64(at: row) else { continue }
      let record = records[place]
      let isSound = payloads.withBytes(at: row) { payload in
        guard payload.count == record.length else { return false }
        let end = record.position + record.length
        UnsafeMutableRawBufferPointer(rebasing: space[record.position..<end])
          .copyMemory(from: payload)
        space[end] = UInt8(ascii: "\n")
        return RawRecord.Digest(of: payload) == record.digest
      }
      guard isSound else { throw .changedRecord(unit, record) }
      filled += record.length
    }
    return filled
  }

  private func place(of key: (generation: Int64, line: Int64)) -> Int? {
    var (low, high) = (0, records.count)
    while low < high {
      let middle = (low + high) / 2
      let record = records[middle]
      if (Int64(record.generation), record.line) < key { low = middle + 1 } else { high = middle }
    }
    guard low < records.count, (Int64(records[low].generation), records[low].line) == key else {
      return nil
    }
    return low
  }
}

extension CatchmentError {
  /// A record of the raw store is not what was put there.
  static func changedRecord(_ unit: Unit, _ record: RawRecord) -> CatchmentError {
    CatchmentError(
      .damaged, "the raw record does not have the SHA-256 that was kept with it",
      at: .init(file: unit.path, line: Int(record.line), byte: Int(record.offset)),
      hint: "run `catchment raw check` to see which file is damaged, and restore it from a copy")
  }
}
