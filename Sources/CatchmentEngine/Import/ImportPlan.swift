internal import Catchment
internal import DuckDB

/// What is to be done with each unit that was found, decided before any is opened.
struct ImportPlan {
  /// Units that no run has committed.
  var new: [Unit] = []
  /// Units that were committed and differ now: grown, written anew, or only touched.
  var changed: [(unit: Unit, cursor: Cursor)] = []
  /// Units that are as they were.
  var unchanged = 0
  /// Committed units, under the places that were looked at, that are no longer there.
  var vanished: [UUIDBytes] = []

  /// Whether everything is as it was.
  var isEmpty: Bool { new.isEmpty && changed.isEmpty && vanished.isEmpty }

  var planned: Int { new.count + changed.count + unchanged }

  /// A committed unit, as its marker has it.
  struct Marker {
    var source: String
    var path: String
    var fingerprint: Unit.Fingerprint
    var cursor: Cursor
    var isPresent: Bool
    /// The machine it lies on; nil for the home's own.
    var machine: String?
  }

  init(_ discovery: Discovery, markers: [UUIDBytes: Marker], roots: [String]) {
    var found: Set<UUIDBytes> = []
    for unit in discovery.units {
      found.insert(unit.id)
      guard let marker = markers[unit.id] else {
        new.append(unit)
        continue
      }
      if marker.fingerprint == unit.fingerprint, marker.isPresent {
        unchanged += 1
      } else {
        changed.append((unit, marker.cursor))
      }
    }
    // A place that could not be read tells nothing about what is in it.
    guard discovery.problems.isEmpty else { return }
    for (id, marker) in markers where marker.isPresent && !found.contains(id) {
      if roots.contains(where: { marker.path == $0 || marker.path.hasPrefix("\($0)/") }) {
        vanished.append(id)
      }
    }
  }
}

extension ImportPlan {
  /// The part of it that is one source's.
  ///
  /// Taken out of it, for units are held no longer than they wait to be read.
  mutating func takePart(of source: String, _ markers: [UUIDBytes: Marker]) -> ImportPlan {
    var part = self
    part.new.removeAll { $0.source != source }
    part.changed.removeAll { $0.unit.source != source }
    part.vanished.removeAll { markers[$0]?.source != source }
    new.removeAll { $0.source == source }
    return part
  }

  /// Gives its new units away.
  mutating func takeNew() -> [Unit] {
    defer { new = [] }
    return new
  }

  /// What is to be written down before any of it is done.
  func units(_ markers: [UUIDBytes: Marker]) -> [PlannedUnit] {
    let gone = vanished.compactMap { id in
      markers[id].map {
        PlannedUnit(id: id, path: $0.path, fingerprint: $0.fingerprint, reason: .vanished)
      }
    }
    return new.map { PlannedUnit($0, .new) } + changed.map { PlannedUnit($0.unit, .changed) } + gone
  }
}

extension Warehouse {
  /// Which units have been committed, and as what.
  ///
  /// Of some units, when they are few; otherwise of every one.
  func marks(
    _ connection: Connection, of units: [UUIDBytes]? = nil
  ) throws(DuckDBError) -> [UUIDBytes: CommitMark] {
    let few = units.flatMap { $0.count <= 100 ? "unit_id IN (\(SQL.list($0)))" : nil } ?? "true"
    let result = try connection.stream(
      "SELECT unit_id, size, modified, status = 'present' FROM catchment.units WHERE \(few)")
    var marks: [UUIDBytes: CommitMark] = [:]
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount {
        marks[columns[0].uuid(at: row)] = CommitMark(
          fingerprint: .init(
            size: columns[1].int64(at: row), modified: columns[2].int64(at: row)),
          isPresent: columns[3].bool(at: row))
      }
    }
    return marks
  }

  /// The commit markers of a source, or of all: the truth about what has been imported.
  func markers(
    _ connection: Connection, source: String? = nil,
    where isWanted: (ImportPlan.Marker) -> Bool = { _ in true }
  ) throws(DuckDBError) -> [UUIDBytes: ImportPlan.Marker] {
    let result = try connection.stream(
      """
      SELECT unit_id, path, size, modified, generation, committed_bytes, lines, prefix_sha256,
        status = 'present', source, machine
      FROM catchment.units WHERE source = $1 OR $1 IS NULL
      """, source.map(Value.text) ?? .null)
    var markers: [UUIDBytes: ImportPlan.Marker] = [:]
    while let chunk = try result.next() {
      let columns = (0..<chunk.columnCount).map(chunk.column)
      for row in 0..<chunk.rowCount {
        let marker = ImportPlan.Marker(
          source: columns[9].string(at: row), path: columns[1].string(at: row),
          fingerprint: .init(
            size: columns[2].int64(at: row), modified: columns[3].int64(at: row)),
          cursor: Cursor(
            generation: Int(columns[4].int64(at: row)), offset: columns[5].int64(at: row),
            lines: columns[6].int64(at: row),
            prefixDigest: Hex.bytes(columns[7].string(at: row)) ?? []),
          isPresent: columns[8].bool(at: row),
          machine: columns[10].isNull(at: row) ? nil : columns[10].string(at: row))
        if isWanted(marker) { markers[columns[0].uuid(at: row)] = marker }
      }
    }
    return markers
  }
}
