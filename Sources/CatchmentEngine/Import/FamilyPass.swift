internal import Catchment
internal import DuckDB

/// Derives again the units that changed or share records with others, each family as a whole.
///
/// A family's rows are a pure function of all its records, so it does not matter which of its files
/// was imported first, or in how many pieces.
final class FamilyPass {
  /// Families are applied together up to this many bytes of source, to pay for a commit once.
  private static let batchSize = 64 << 20

  private let session: ImportSession
  private let shared: ImportShared
  private let connection: Connection
  private let recall: RawRecall
  private let reducer: any Reducer
  private var readers: [UnitReader] = []
  private var members: [UUIDBytes: Member] = [:]
  /// Units whose time or name changed, but nothing in them.
  private var touched: [Unit] = []
  private var result = Result()
  /// For a copy, the scopes that other sources have.
  private var taken: Set<UUIDBytes>?
  /// Families that wait to be committed together.
  private var staged: Stage?
  private var stagedUnits: [UUIDBytes] = []
  private var stagedRecords = 0
  private var stagedBytes = 0

  struct Result {
    var committedUnits = 0
    var read = 0
    var unfinished = 0
    /// Of changed units: what was not there before.
    var bytes: Int64 = 0
    var problems: [CatchmentError] = []
  }

  /// What is known of a unit of a family.
  private struct Member {
    var unit: Unit
    var cursor: Cursor?
    /// Whether the file is to be read, or only the raw store.
    var isAtSource: Bool
    var isChanged: Bool
    /// Whether it is to be derived again though nothing in it changed.
    var isUnsettled = false
    /// Whether the file holds what was committed, so that it can stand for the raw store.
    var isPrefixUnchanged = true
  }

  init(session: ImportSession, shared: ImportShared) {
    self.session = session
    self.shared = shared
    connection = session.connection
    var recall = RawRecall(rawStore: shared.rawStore, connection: session.connection)
    if case .rawStore(let kept) = shared.origin {
      recall.segments = Dictionary(
        uniqueKeysWithValues: kept.map { ($0.unit.id, $0.segments) })
    }
    self.recall = recall
    reducer = shared.source.makeReducer(largestRecord: shared.largestRecord)
  }

  /// - Parameter unsettled: committed units whose part of what they share with other sources changed.
  func run(
    changed: [(unit: Unit, cursor: Cursor)], deferred: [ImportShared.Deferred],
    vanished: [UUIDBytes], unsettled: [UUIDBytes] = []
  ) throws(CatchmentError) -> Result {
    let finder = try session.check { () throws(DuckDBError) in
      if shared.source.isCopy {
        taken = try CopyPrecedence(connection, copies: session.importer.sources.copies).taken()
      }
      return try FamilyFinder(connection, source: shared.source.name)
    }
    for (unit, identities) in deferred.map({ ($0.unit, $0.identities) }) {
      members[unit.id] = Member(
        unit: unit, cursor: nil, isAtSource: isAtSource, isChanged: true)
      guard let identities else {
        try survey(unit, nil, finder)
        continue
      }
      try session.check { () throws(DuckDBError) in
        try finder.add(unit.id, identities: identities)
      }
    }
    try keepChanges(changed, finder)
    try add(unsettled: unsettled, finder)
    if !members.isEmpty {
      let families = try session.check { () throws(DuckDBError) in try finder.families() }
      try addRelatives(families)
      try derive(families)
    }
    try markTouched()
    try mark(vanished)
    return result
  }

  // MARK: What changed

  /// Keeps the new records of changed units in the raw store, and learns what they share.
  private func keepChanges(
    _ changed: [(unit: Unit, cursor: Cursor)], _ finder: FamilyFinder
  ) throws(CatchmentError) {
    guard !changed.isEmpty else { return }
    let segment = try RawSegment(
      path: shared.nextSegmentPath(), ZstdCompressor(level: RawSegment.compressionLevel))
    for (unit, cursor) in changed {
      members[unit.id] = Member(unit: unit, cursor: cursor, isAtSource: true, isChanged: true)
      try survey(unit, cursor, finder, segment)
    }
    try segment.publish(run: shared.run.id)
    try session.check { () throws(DuckDBError) in
      try Segments.register(segment, run: shared.run.number, connection)
    }
  }

  private var isAtSource: Bool {
    if case .source = shared.origin { true } else { false }
  }

  private func survey(
    _ unit: Unit, _ cursor: Cursor?, _ finder: FamilyFinder, _ segment: RawSegment? = nil
  ) throws(CatchmentError) {
    let read: ReadUnit
    do throws(CatchmentError) {
      read = try stages.measure(.extract) { () throws(CatchmentError) in
        try isAtSource
          ? reader(0).read(unit, after: cursor, importedAt: shared.run.startedAt)
          : recall.records(of: unit, upTo: nil, into: region(0))
      }
    } catch  where error.code == .sourceUnavailable {
      result.problems.append(error)
      members[unit.id] = nil
      return
    }
    members[unit.id]?.isPrefixUnchanged = read.isPrefixUnchanged
    if cursor != nil, read.isPrefixUnchanged, !read.content.records.contains(where: \.isNew) {
      touched.append(unit)
      members[unit.id] = nil
      return
    }
    let identities = try identities(of: read, keptIn: segment)
    if segment != nil { shared.progress.add(bytes: unit.fingerprint.size, units: 1) }
    if cursor != nil {
      result.bytes +=
        read.isPrefixUnchanged
        ? read.content.records.reduce(0) { $0 + ($1.isNew ? Int64($1.length) + 1 : 0) }
        : unit.fingerprint.size
    }
    try session.check { () throws(DuckDBError) in
      try finder.add(unit.id, identities: identities)
    }
  }

  /// What a unit could share with others; its new records go into the raw store.
  private func identities(
    of unit: ReadUnit, keptIn segment: RawSegment?
  ) throws(CatchmentError) -> ContiguousArray<UInt64> {
    let extractedAt = shared.run.startedAt
    let slices = try UnitSlices([unit], reducer, size: shared.sliceSize) {
      (piece) throws(CatchmentError) in
      try segment?.append(piece, count: piece.records.count, extractedAt: extractedAt)
    }
    if let slices { return slices.identities[0] }
    let reduction = try stages.measure(.transform) { () throws(CatchmentError) in
      try reducer.reduce([unit.content])
    }
    try segment?.append(
      unit.content, count: reduction.ledger[0].count, extractedAt: extractedAt)
    if segment != nil, !reduction.unfinished.isEmpty { result.unfinished += 1 }
    return reduction.allIdentities(of: 0)
  }

  private func add(unsettled: [UUIDBytes], _ finder: FamilyFinder) throws(CatchmentError) {
    let missing = unsettled.filter { members[$0] == nil }
    guard !missing.isEmpty else { return }
    try addRelatives([missing])
    for id in missing where members[id] != nil {
      members[id]?.isUnsettled = true
      try session.check { () throws(DuckDBError) in try finder.add(id, identities: []) }
    }
  }

  /// Committed units that belong to a family but did not change themselves.
  private func addRelatives(_ families: [[UUIDBytes]]) throws(CatchmentError) {
    let missing = families.joined().filter { members[$0] == nil }
    guard !missing.isEmpty else { return }
    let markers = try session.check { () throws(DuckDBError) in
      try session.warehouse.markers(connection, source: shared.source.name)
    }
    for id in missing {
      guard let marker = markers[id] else { continue }
      let unit = Unit(
        source: shared.source.name, path: marker.path, fingerprint: marker.fingerprint,
        machine: marker.machine)
      members[id] = Member(
        unit: unit, cursor: marker.cursor,
        // The files beside the records may be others by now, and what was told of them may not change.
        isAtSource: shared.companions == nil && marker.isPresent
          && marker.machine == shared.machine
          && Unit.Fingerprint.current(of: marker.path) == marker.fingerprint,
        isChanged: false)
    }
  }

  // MARK: Deriving

  private func derive(_ families: [[UUIDBytes]]) throws(CatchmentError) {
    for family in families where family.contains(where: isToBeDerived) {
      guard !Task.isCancelled else { throw .interrupted }
      let present = present(family)
      let units = try contents(of: present)
      if let slices = try UnitSlices(units, reducer, size: shared.sliceSize) {
        try apply()
        try apply(present, units, in: slices)
      } else {
        try stage(present, units)
        if stagedBytes >= Self.batchSize { try apply() }
      }
    }
    try apply()
  }

  private func isToBeDerived(_ unit: UUIDBytes) -> Bool {
    members[unit].map { $0.isChanged || $0.isUnsettled } ?? false
  }

  /// What has to happen to a reduction before its rows are written.
  private func settle(_ reduction: any Reduction) throws(CatchmentError) {
    if let taken { reduction.yield(taken) }
    try shared.keep(reduction.artifacts)
  }

  /// Stages a family's rows beside those of others.
  private func stage(_ family: [UUIDBytes], _ units: [ReadUnit]) throws(CatchmentError) {
    let stage: Stage
    if let staged { stage = staged } else { stage = try newStage() }
    staged = stage
    let reduction = try stages.measure(.transform) { () throws(CatchmentError) in
      try reducer.reduce(units.map(\.content))
    }
    try settle(reduction)
    try stages.measure(.load) { () throws(CatchmentError) in
      try session.check { () throws(DuckDBError) in
        try reduction.write(to: stage.writers)
        try stage.ledger.write(units, reduction)
      }
    }
    for (unit, entries) in zip(units, reduction.ledger) {
      stagedRecords += unit.content.records.prefix(entries.count).count { $0.isNew }
      stagedBytes += unit.content.region.count
    }
    stagedUnits += family
  }

  /// Commits what is staged.
  private func apply() throws(CatchmentError) {
    guard let stage = staged.take() else { return }
    let units = stagedUnits
    try stages.measure(.load) { () throws(CatchmentError) in
      try stage.apply(replacing: units, under: shared.run.lease)
    }
    noteCommitted(stagedUnits, read: stagedRecords)
    (stagedUnits, stagedRecords, stagedBytes) = ([], 0, 0)
  }

  private func noteCommitted(_ units: [UUIDBytes], read: Int) {
    result.read += read
    result.committedUnits += units.count { members[$0]?.isChanged == true }
  }

  private func newStage() throws(CatchmentError) -> Stage {
    try session.check { () throws(DuckDBError) in
      try Stage(session.warehouse, connection, run: shared.run.number, ofCopySparing: taken)
    }
  }

  /// Those of a family that there are, by what is the same in every home: where two machines have one
  /// path, by their names.
  private func present(_ family: [UUIDBytes]) -> [UUIDBytes] {
    func name(_ member: Member) -> (String, String) {
      (member.unit.path, member.unit.machine ?? session.own.name)
    }
    return family.compactMap { members[$0] }.sorted { name($0) < name($1) }.map(\.unit.id)
  }

  /// Derives a large family slice by slice, in one transaction.
  private func apply(
    _ family: [UUIDBytes], _ units: [ReadUnit], in slices: UnitSlices
  ) throws(CatchmentError) {
    // Each thread unpacks the long texts of 2,048 rows at once.
    try session.lend(threads: 1, .alone)
    let change = SlicedChange(
      batchSize: 2 * shared.sliceSize, slices: slices, reducer: reducer, connection: connection,
      stages: stages, settle: settle)
    try change.apply(family, units, under: shared.run.lease, session.warehouse.path) {
      () throws(CatchmentError) in try newStage()
    }
    try session.lendThreadsToEngine()
    noteCommitted(family, read: units.reduce(0) { $0 + $1.content.records.count { $0.isNew } })
  }

  private func contents(of family: [UUIDBytes]) throws(CatchmentError) -> [ReadUnit] {
    joined.removeAll()
    var units: [ReadUnit] = []
    for id in family {
      guard let member = members[id] else { continue }
      let slot = units.count
      units.append(
        try stages.measure(.extract) { () throws(CatchmentError) in
          try content(of: member, slot: slot)
        })
    }
    return units
  }

  private func content(of member: Member, slot: Int) throws(CatchmentError) -> ReadUnit {
    guard member.isAtSource else {
      return try recall.records(of: member.unit, upTo: member.cursor, into: region(slot * 2))
    }
    let current: ReadUnit
    do throws(CatchmentError) {
      current = try reader(slot * 2 + 1).read(
        member.unit, after: member.cursor, importedAt: shared.run.startedAt)
    } catch  where error.code == .sourceUnavailable && member.cursor == nil {
      // Gone since a worker read it; the raw store has what it was.
      return try recall.records(of: member.unit, upTo: nil, into: region(slot * 2))
    }
    guard let older = olderGenerations(of: member) else { return current }
    var all = try recall.records(of: member.unit, upTo: older, into: region(slot * 2))
    try append(current, to: &all)
    return all
  }

  /// How far the raw store has what the file no longer does; nil when the file has all of it.
  private func olderGenerations(of member: Member) -> Cursor? {
    guard let cursor = member.cursor else { return nil }
    guard member.isPrefixUnchanged else { return cursor }
    guard cursor.generation > 0 else { return nil }
    return Cursor(
      generation: cursor.generation - 1, offset: 0, lines: .max, prefixDigest: [])
  }

  /// Puts a new generation behind what the raw store has, in one region.
  private func append(_ new: ReadUnit, to old: inout ReadUnit) throws(CatchmentError) {
    let region = ByteRegion(spill: shared.spill)
    let before = old.content.region
    let (older, newer) = (old, new)
    let both = try region.receive { (file) throws(CatchmentError) in
      try file.append(contentsOf: older)
      try file.append(contentsOf: newer)
    }
    joined.append(region)
    old.region = region
    old.content.region = both
    old.content.records += new.content.records.map { record in
      var moved = record
      moved.position += before.count
      return moved
    }
    old.content.isOpenEnded = new.content.isOpenEnded
  }

  /// Regions that must live until their family is derived.
  private var joined: [ByteRegion] = []

  private var stages: StageTimes { shared.run.stages }

  private func reader(_ slot: Int) -> UnitReader {
    while readers.count <= slot { readers.append(UnitReader(shared)) }
    return readers[slot]
  }

  private func region(_ slot: Int) -> ByteRegion { reader(slot).region }

  // MARK: What changed in name only

  // Markers' sizes, times and presence only say what the disk was like when it was last looked at;
  // they are no part of what a rollback gives back.

  /// Keeps the rows of files that are gone, and says so.
  private func mark(_ vanished: [UUIDBytes]) throws(CatchmentError) {
    guard !vanished.isEmpty else { return }
    try session.check { () throws(DuckDBError) in
      let list = try WantedIDs(connection).list(vanished)
      try connection.execute(
        "UPDATE catchment.units SET status = 'vanished' WHERE unit_id IN (\(list))")
    }
  }

  private func markTouched() throws(CatchmentError) {
    guard !touched.isEmpty else { return }
    try session.check { () throws(DuckDBError) in
      try connection.execute(
        "CREATE OR REPLACE TEMP TABLE touched (unit_id UUID, size BIGINT, modified BIGINT)")
      let rows = try Appender(connection, catalog: "temp", schema: "main", table: "touched")
      for unit in touched {
        rows.setUUID(0, unit.id)
        rows.set(1, unit.fingerprint.size)
        rows.set(2, unit.fingerprint.modified)
        try rows.endRow()
      }
      try rows.close()
      try connection.execute(
        """
        UPDATE catchment.units AS u
        SET size = t.size, modified = t.modified, status = 'present'
        FROM touched t WHERE t.unit_id = u.unit_id
        """)
    }
  }
}
