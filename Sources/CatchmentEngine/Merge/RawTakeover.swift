internal import Catchment
internal import DuckDB

/// Copies the raw records of another home that this one lacks, of one source and one machine.
///
/// Records are compared by file, generation, line and SHA-256. A generation of a file that agrees with
/// one that is here, as far as both go, is the same: only what it has more is taken. One that
/// contradicts all that are here becomes a further generation of the file.
struct RawTakeover {
  let session: ImportSession
  let source: String
  /// As this home calls it; nil for its own.
  let machine: String?
  /// How many files the run has written already.
  let number: Int

  struct Outcome {
    /// Distinct records that the other has, and those of them that were here.
    var records = 0
    var known = 0
    var bytes: Int64 = 0
    /// The files that were written.
    var files: [String] = []
  }

  private var connection: Connection { session.connection }

  /// `taken` are files of this run, which nothing is registered of yet.
  func take(
    _ segments: [String], beside taken: [String]
  ) throws(CatchmentError) -> Outcome {
    let here = try here(beside: taken)
    let plan = try session.check { () throws(DuckDBError) in
      try TakeoverPlan(of: segments, beside: here, connection)
    }
    var outcome = Outcome(records: plan.records, known: plan.known)
    guard outcome.known < outcome.records else { return outcome }
    let path = try session.rawStore.segment(
      source: source, machine: machine, run: session.run.id, number: number + 1)
    var writer = try RawSegmentWriter(
      path: path, compressor: ZstdCompressor(level: RawSegment.compressionLevel))
    for segment in segments { outcome.bytes += try copy(segment, plan, into: &writer) }
    try writer.publish(properties: [("catchment.run", session.run.id.text)])
    outcome.files = [path]
    return outcome
  }

  /// The files of this home that the tables rest on, or will.
  private func here(beside taken: [String]) throws(CatchmentError) -> [String] {
    let registered = try session.check { () throws(DuckDBError) in
      try Segments.registered(connection)
    }
    return try session.rawStore.segments(source: source).filter { path in
      let isOurs = registered[Segments.name(path)].map { $0 != Run.Status.rolledBack.rawValue }
      return (isOurs ?? false || taken.contains(path)) && RawStore.machine(of: path) == machine
    }
  }

  /// Reads a file in its own order, in which the records of a unit lie together.
  private func copy(
    _ segment: String, _ plan: TakeoverPlan, into writer: inout RawSegmentWriter
  ) throws(CatchmentError) -> Int64 {
    let rows: ResultSet
    do throws(DuckDBError) {
      rows = try connection.stream(
        """
        SELECT \(RawRows.columns), unit, epoch_us(extracted_at)
        FROM read_parquet(\(SQL.literal(segment)))
        """)
    } catch {
      throw .rawStore(error, segment)
    }
    var bytes: Int64 = 0
    while let chunk = try next(rows, segment) {
      if Task.isCancelled { throw .interrupted }
      bytes += try copy(chunk, segment, plan, into: &writer)
    }
    return bytes
  }

  private func next(
    _ rows: ResultSet, _ segment: String
  ) throws(CatchmentError) -> DataChunk? {
    do throws(DuckDBError) { return try rows.next() } catch { throw .rawStore(error, segment) }
  }

  private func copy(
    _ chunk: DataChunk, _ segment: String, _ plan: TakeoverPlan,
    into writer: inout RawSegmentWriter
  ) throws(CatchmentError) -> Int64 {
    let (rows, times) = (RawRows(chunk), chunk.column(6))
    var bytes: Int64 = 0
    for row in 0..<rows.count {
      let unit = rows.unit(at: row)
      var record = rows.record(at: row, position: 0, length: 0, isNew: true)
      guard let generation = plan.target(of: record, in: unit) else { continue }
      record.generation = generation
      let name = Array(unit.utf8)
      let result: Result<Int, CatchmentError> = rows.withPayload(at: row) { payload in
        record.length = payload.count
        do throws(CatchmentError) {
          try check(record, payload, unit, segment)
          try writer.append(
            record, unit: name, payload: payload, extractedAt: times.int64(at: row))
          return .success(payload.count)
        } catch {
          return .failure(error)
        }
      }
      bytes += Int64(try result.get())
    }
    return bytes
  }

  private func check(
    _ record: RawRecord, _ payload: UnsafeRawBufferPointer, _ unit: String, _ segment: String
  ) throws(CatchmentError) {
    guard RawRecord.Digest(of: payload) == record.digest else {
      throw CatchmentError(
        .damaged, "the raw record \(unit):\(record.line) does not have the SHA-256 kept with it",
        at: .init(file: segment),
        hint: "restore the file from a copy, then merge again; nothing was changed here")
    }
  }
}
