public import Catchment
internal import DuckDB

/// Verifies the raw store: every record against its SHA-256, and the tables' ledger against the
/// records.
public struct RawCheck: Sendable {
  /// What was verified, and what is wrong.
  public struct Report: Sendable {
    /// Parquet files that were looked at, damaged ones among them.
    public var files = 0
    /// Records whose SHA-256 was computed anew.
    public var records = 0
    /// Their bytes, uncompressed.
    public var bytes: Int64 = 0
    /// Artifacts whose SHA-256 was computed anew.
    public var artifacts = 0
    /// Each with the file, and the record's place when it is one record's.
    public var damages: [CatchmentError] = []

    /// Whether nothing is wrong.
    public var isSound: Bool { damages.isEmpty }
  }

  private let home: Home
  private let sources: SourceSet

  private let memory: Int

  /// - Parameter memory: what the check may hold, in bytes: more than three times the longest record.
  public init(home: Home, sources: SourceSet, memory: Int = 512 << 20) {
    self.home = home
    self.sources = sources
    self.memory = memory
  }

  /// Reads the whole raw store; damage is reported and not thrown.
  ///
  /// Throws `locked` when another process has the warehouse open, and what keeps the check itself
  /// from going on, such as too little memory.
  public func run() throws(CatchmentError) -> Report {
    let rawStore = RawStore(path: home.raw)
    // Twice, for the half that is the engine's: nobody else needs memory here.
    let warehouse = try Importer(home: home, sources: sources, options: .init(memory: memory * 2))
      .openWarehouse()
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    var report = Report()
    for path in try every(rawStore) {
      report.files += 1
      do throws(DuckDBError) {
        try verify(path, connection, &report)
      } catch {
        if error.code == .outOfMemory { throw .rawStore(error, path) }
        report.damages.append(
          CatchmentError(
            .damaged, "the file cannot be read", at: .init(file: path),
            hint: "restore it from a copy, or import its source again", cause: error.message))
      }
    }
    try checkArtifacts(&report)
    for name in sources.names { try compare(name, rawStore, warehouse, connection, &report) }
    return report
  }

  /// An artifact is called what its bytes hash to.
  private func checkArtifacts(_ report: inout Report) throws(CatchmentError) {
    let artifacts = Artifacts(home: home)
    for (path, name) in try artifacts.all() {
      report.artifacts += 1
      let (sha256, size) = try artifacts.measure(path)
      report.bytes += size
      guard sha256 != name else { continue }
      report.damages.append(
        CatchmentError(
          .damaged, "the artifact does not have the SHA-256 that it is called by",
          at: .init(file: path),
          hint: "restore it from a copy; one that a record holds as base64 is made again by "
            + "`catchment rebuild` when it is removed"))
    }
  }

  private func every(_ rawStore: RawStore) throws(CatchmentError) -> [String] {
    var paths: [String] = []
    for name in sources.names { paths += try rawStore.everySegment(source: name) }
    return paths
  }

  private func verify(
    _ path: String, _ connection: Connection, _ report: inout Report
  ) throws(DuckDBError) {
    let finder = sources[Segments.source(path)]?.makeCompanionFinder(largestRecord: memory / 4)
    let rows = try connection.stream(
      "SELECT sha256, payload, unit, line FROM read_parquet(\(SQL.literal(path)))")
    while let chunk = try rows.next() {
      for row in 0..<chunk.rowCount {
        let stored = chunk.column(0).withBytes(at: row) { Array($0) }
        let (actual, file) = chunk.column(1).withBytes(at: row) { payload in
          report.bytes += Int64(payload.count)
          return (
            withUnsafeBytes(of: RawRecord.Digest(of: payload).words) { Array($0) },
            finder?.keptFile(in: payload)
          )
        }
        report.records += 1
        let place = "\(chunk.column(2).string(at: row)):\(chunk.column(3).int64(at: row))"
        if stored != actual {
          report.damages.append(
            CatchmentError(
              .damaged, "the record of \(place) does not have the SHA-256 that was kept with it",
              at: .init(file: path), hint: "restore the file from a copy"))
        }
        if let file { expect(file, of: place, &report) }
      }
    }
  }

  /// A file that a record tells of is nowhere else.
  private func expect(_ sha256: String, of place: String, _ report: inout Report) {
    guard let artifact = KeptArtifact(sha256: sha256, in: home), artifact.size == nil else {
      return
    }
    report.damages.append(
      CatchmentError(
        .damaged, "the artifact that \(place) tells of is not there",
        at: .init(file: artifact.path),
        hint: "restore it from a copy, or import the export that it came from again"))
  }

  /// Every record that the tables count must be in the raw store.
  private func compare(
    _ source: String, _ rawStore: RawStore, _ warehouse: Warehouse, _ connection: Connection,
    _ report: inout Report
  ) throws(CatchmentError) {
    guard report.isSound else { return }
    // Without any file there is nothing to look in: every record is missing.
    let isMissing =
      try rawStore.segments(source: source).isEmpty
      ? ""
      : """
      AND NOT EXISTS (FROM read_parquet(\(RawRecall.pattern(rawStore, source)), filename = true) p
        WHERE p.unit = u.path
          AND u.machine IS NOT DISTINCT FROM \(RawStoreFiles.machine(of: "p.filename"))
          AND p.generation = r.generation AND p.line = r.line)
      """
    do throws(DuckDBError) {
      let rows = try connection.query(
        """
        SELECT u.path, min(r.line), count(*) FROM catchment.raw_records r
        JOIN catchment.units u USING (unit_id)
        WHERE u.source = ? \(isMissing)
        GROUP BY 1 ORDER BY 1
        """, .text(source)
      ).rows()
      for row in rows {
        report.damages.append(
          CatchmentError(
            .damaged, "\(row[2].int64 ?? 0) records are in the tables and not in the raw store",
            at: .init(file: row[0].text ?? "", line: row[1].int64.map(Int.init)),
            hint: "restore the missing files of \(rawStore.path) from a copy"))
      }
    } catch {
      throw .warehouse(error, warehouse.path)
    }
  }
}
