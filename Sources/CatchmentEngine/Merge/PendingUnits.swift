internal import Catchment
internal import DuckDB

/// Units with records in the raw store that the tables do not know yet.
///
/// They are in the files that a merge has just written, and in those that a merge took over that was
/// ended before it derived them all.
struct PendingUnits {
  private let session: ImportSession
  private let taken: [String]
  private var connection: Connection { session.connection }

  init(session: ImportSession, beside taken: [String]) {
    self.session = session
    self.taken = taken
  }

  struct Found {
    /// Units without a commit marker.
    var new: [RawUnits.Kept] = []
    /// Units that have more records now.
    var changed: [RawUnits.Kept] = []
    /// Files of earlier merges that hold some of the records.
    var left: [String] = []
    /// How many records there are.
    var records = 0

    var all: [RawUnits.Kept] { new + changed }

    func of(_ source: String) -> Found {
      var part = self
      part.new.removeAll { $0.unit.source != source }
      part.changed.removeAll { $0.unit.source != source }
      return part
    }
  }

  func all() throws(CatchmentError) -> Found {
    var found = Found()
    let markers = try session.check { () throws(DuckDBError) in
      try session.warehouse.markers(connection)
    }
    for source in session.importer.sources.names {
      let left = try leftovers(source)
      let fresh = taken.filter { Segments.source($0) == source }
      guard !left.isEmpty || !fresh.isEmpty else { continue }
      let missing = try missing(source, left + fresh)
      guard !missing.isEmpty else { continue }
      found.left += left
      found.records += missing.values.reduce(0, +)
      for kept in try kept(source) where missing[kept.unit.id] != nil {
        if let marker = markers[kept.unit.id] {
          found.changed.append(kept.found(as: marker))
        } else {
          found.new.append(kept)
        }
      }
    }
    return found
  }

  private func kept(_ source: String) throws(CatchmentError) -> [RawUnits.Kept] {
    try RawUnits(rawStore: session.rawStore, source: source, connection: connection).all()
  }

  /// Files of merges that came to no good end.
  private func leftovers(_ source: String) throws(CatchmentError) -> [String] {
    let names = try session.check { () throws(DuckDBError) in
      try connection.query(
        """
        SELECT s.name FROM catchment.segments s JOIN catchment.runs r USING (run)
        WHERE s.source = ? AND r.command = '\(MergeSession.kind)'
          AND r.status NOT IN ('done', 'partial', 'rolled_back')
        """, .text(source)
      ).rows().compactMap { $0[0].text }
    }
    let wanted = Set(names)
    return try session.rawStore.segments(source: source).filter {
      wanted.contains(Segments.name($0))
    }
  }

  /// How many records of each unit the ledger lacks.
  private func missing(
    _ source: String, _ files: [String]
  ) throws(CatchmentError) -> [UUIDBytes: Int] {
    let rows = try session.check { () throws(DuckDBError) in
      try connection.query(
        """
        WITH kept AS (
          SELECT DISTINCT unit, generation, line,
            \(RawStoreFiles.machine(of: "filename")) AS machine
          FROM read_parquet([\(files.map(SQL.literal).joined(separator: ", "))], filename = true)),
        ledger AS (
          SELECT u.path, u.machine, r.generation, r.line
          FROM catchment.units u JOIN catchment.raw_records r USING (unit_id)
          WHERE u.source = ?)
        SELECT k.unit, k.machine, count(*) FROM kept k
        WHERE NOT EXISTS (FROM ledger l
          WHERE l.path = k.unit AND l.machine IS NOT DISTINCT FROM k.machine
            AND l.generation = k.generation AND l.line = k.line)
        GROUP BY ALL
        """, .text(source)
      ).rows()
    }
    let nowhere = Unit.Fingerprint(size: 0, modified: 0)
    return Dictionary(
      rows.map { row in
        let unit = Unit(
          source: source, path: row[0].text ?? "", fingerprint: nowhere, machine: row[1].text)
        return (unit.id, Int(row[2].int64 ?? 0))
      }, uniquingKeysWith: +)
  }
}

extension RawUnits.Kept {
  /// As its marker has it: the next import then sees whether the file differs from it.
  fileprivate func found(as marker: ImportPlan.Marker) -> RawUnits.Kept {
    var kept = self
    kept.unit.fingerprint = marker.fingerprint
    return kept
  }
}
