internal import Catchment
internal import DuckDB
internal import Logging
internal import Synchronization

/// What the workers of one import share.
final class ImportShared: Sendable {
  let warehouse: Warehouse
  let rawStore: RawStore
  let source: any Source
  let run: RunInfo
  let spill: String
  /// The machine that the units are read on; nil for the home's own.
  let machine: String?
  let keys = KeySet()
  let progress: RunProgress
  let logger: Logger
  /// In bytes.
  let largestRecord: Int
  let retry: RetryPolicy
  /// How much of a large unit is derived at once, in bytes.
  let sliceSize: Int
  /// Where the records are read: at the source, or, for a rebuild, in the raw store.
  let origin: Origin
  private let queue: Mutex<[[Unit]]>
  private let batches: Mutex<[RawBatch]>
  private let segments = Mutex(0)
  private let artifacts: Mutex<Artifacts>
  /// Nil for a source whose records point at no files.
  let companions: CompanionRecords?
  private let outcome = Mutex(Outcome())

  enum Origin: Sendable {
    case source
    case rawStore([RawUnits.Kept])
  }

  /// A new unit that shares records with others, to be derived together with them.
  struct Deferred {
    var unit: Unit
    /// What it could share, when it has been looked at.
    var identities: ContiguousArray<UInt64>?
  }

  struct Outcome {
    var deferred: [Deferred] = []
    var problems: [CatchmentError] = []
    var committedUnits = 0
    /// Non-blank lines that were read and recorded.
    var read = 0
    var unfinished = 0
  }

  init(
    warehouse: Warehouse, rawStore: RawStore, source: any Source, run: RunInfo, spill: String,
    machine: String? = nil, groups: [[Unit]], batches: [RawBatch] = [], origin: Origin,
    importer: Importer
  ) {
    self.machine = machine
    self.warehouse = warehouse
    self.rawStore = rawStore
    self.source = source
    self.run = run
    self.spill = spill
    artifacts = Mutex(Artifacts(home: importer.home))
    companions = CompanionRecords(source, importer)
    progress = importer.progress
    logger = importer.logger
    largestRecord = importer.options.largestRecord
    retry = importer.options.retry
    sliceSize = importer.options.sliceSize
    self.origin = origin
    keys.reserve(Self.expectedKeys(in: groups))
    queue = Mutex(groups.reversed())
    self.batches = Mutex(batches.reversed())
  }

  /// A guess: one for each kilobyte.
  private static func expectedKeys(in groups: [[Unit]]) -> Int {
    Int(groups.joined().reduce(0) { $0 + $1.fingerprint.size } >> 10)
  }

  /// Whether there is anything for workers to do.
  var hasWork: Bool { queue.withLock { !$0.isEmpty } || batches.withLock { !$0.isEmpty } }

  func nextGroup() -> [Unit]? { queue.withLock { $0.popLast() } }

  func nextBatch() -> RawBatch? { batches.withLock { $0.popLast() } }

  func nextSegmentPath() throws(CatchmentError) -> String {
    let number = segments.withLock { count in
      count += 1
      return count
    }
    return try rawStore.segment(
      source: source.name, machine: machine, run: run.id, number: number)
  }

  /// Keeps what records hold, one worker at a time: two may hold the same.
  func keep(_ artifacts: ContiguousArray<Artifact>) throws(CatchmentError) {
    guard !artifacts.isEmpty else { return }
    let result = self.artifacts.withLock { store in
      Result { () throws(CatchmentError) in
        for artifact in artifacts { try store.keep(artifact) }
      }
    }
    try result.get()
  }

  func note(_ change: @Sendable (inout Outcome) -> Void) { outcome.withLock { change(&$0) } }

  func collected() -> Outcome { outcome.withLock { $0 } }
}

/// A run's identity: its name, its number in the warehouse and when it began.
struct RunInfo: Sendable {
  var id: RunID
  var number: Int32
  /// Microseconds since 1970.
  var startedAt: Int64
  /// What it does: `import`, `rebuild` or `deadletters retry`.
  var kind = "import"
  /// The right to commit; taken when there is something to do.
  var lease: Lease?
  /// Where its time goes.
  var stages = StageTimes()
}

/// Reads new units, one after another, and loads them in transactions of some size.
///
/// The order is the promise: a unit's records are in a published raw segment before the transaction
/// with its rows, its ledger and its marker commits.
final class LoadWorker {
  /// A transaction is committed at this many bytes of source.
  ///
  /// So many that the row groups it leaves half full are few, for they are put together again later;
  /// few enough that a kill loses a few seconds of work. What is written does not stay in memory
  /// until then.
  private static let transactionSize: Int64 = 384 << 20

  private let shared: ImportShared
  private let connection: Connection
  private var readers: [UnitReader] = []
  private let reducer: any Reducer
  private let compressor: ZstdCompressor
  private var load: Load?
  private var segment: RawSegment?
  /// Whether some of a unit is in the segment or the transaction, and not all of it.
  private var isWithinUnit = false
  /// Bytes of source in the transaction that is open.
  private var bytes: Int64 = 0
  private var committed = 0
  private var read = 0

  init(_ shared: ImportShared) throws(CatchmentError) {
    self.shared = shared
    connection = try shared.warehouse.connect()
    reducer = shared.source.makeReducer(largestRecord: shared.largestRecord)
    compressor = try ZstdCompressor(level: RawSegment.compressionLevel)
  }

  func run() throws(CatchmentError) {
    do throws(CatchmentError) {
      while let group = shared.nextGroup() { try take(readAll(group)) }
      while let batch = shared.nextBatch() { try take(batch) }
      try commit()
    } catch {
      // What was taken whole before an interruption is kept.
      if error.code == .interrupted, !isWithinUnit { try commit() }
      load = nil
      throw error
    }
  }

  private func take(_ batch: RawBatch) throws(CatchmentError) {
    let connection = try shared.warehouse.connect()
    let stream = try RawStream(batch, shared.rawStore, connection)
    while let unit = try stream.next(into: reader(0).region) { try take([unit]) }
  }

  private func take(_ units: [ReadUnit]) throws(CatchmentError) {
    guard !units.isEmpty else { return }
    try makeRoom(for: units)
    if let slices = try slices(of: units) { return try take(units, in: slices) }
    let reduction = try stages.measure(.transform) { () throws(CatchmentError) in
      try reducer.reduce(units.map(\.content))
    }
    isWithinUnit = true
    try shared.keep(reduction.artifacts)
    for (unit, entries) in zip(units, reduction.ledger) {
      try keepRaw(unit.content, count: entries.count)
      note(unit)
    }
    let unfinished = reduction.unfinished.count
    if unfinished > 0 { shared.note { $0.unfinished += unfinished } }
    let isFamily = units.count == 1 || reduction.isOneFamily
    guard shared.keys.admit(identities(of: reduction)), isFamily else {
      return try putOff(units) { reduction.allIdentities(of: $0) }
    }
    try stages.measure(.load) { () throws(CatchmentError) in
      try shared.warehouse.check { () throws(DuckDBError) in
        try openLoad().write(units, reduction)
      }
    }
    for (unit, entries) in zip(units, reduction.ledger) { log(unit, records: entries.count) }
    committed += units.count
    read += reduction.ledger.reduce(0) { $0 + $1.count }
    try finishUnit()
  }

  private func makeRoom(for units: [ReadUnit]) throws(CatchmentError) {
    let longest = units.lazy.flatMap(\.content.records).map(\.length).max() ?? 0
    try shared.warehouse.check { () throws(DuckDBError) in
      try shared.warehouse.room.hold(longest, connection)
    }
  }

  private var stages: StageTimes { shared.run.stages }

  private func log(_ unit: ReadUnit, records: Int) {
    shared.logger.debug(
      "unit loaded",
      metadata: [
        "run_id": "\(shared.run.id.text)", "stage": "load", "platform": "\(shared.source.name)",
        "path": "\(unit.content.unit.path)", "records": .number(records),
      ])
  }

  /// Leaves units that share records with others to be derived together with them.
  private func putOff(
    _ units: [ReadUnit], _ identities: (Int) -> ContiguousArray<UInt64>
  ) throws(CatchmentError) {
    let deferred = units.indices.map { place in
      ImportShared.Deferred(unit: units[place].content.unit, identities: identities(place))
    }
    shared.note { $0.deferred += deferred }
    try finishUnit()
  }

  private func note(_ unit: ReadUnit) {
    bytes += Int64(unit.content.region.count)
    shared.progress.add(bytes: unit.content.unit.fingerprint.size, units: 1)
  }

  // MARK: Large units

  /// Large units in slices, their records kept by then; nil for units that are derived as a whole.
  private func slices(of units: [ReadUnit]) throws(CatchmentError) -> UnitSlices? {
    try UnitSlices(units, reducer, size: shared.sliceSize) { (piece) throws(CatchmentError) in
      isWithinUnit = true
      try keepRaw(piece, count: piece.records.count)
    }
  }

  /// Writes one slice after another; all of them, and the units' markers, are in one transaction.
  private func take(_ units: [ReadUnit], in slices: UnitSlices) throws(CatchmentError) {
    for unit in units { note(unit) }
    guard shared.keys.admit(ContiguousArray(slices.identities.joined())) else {
      return try putOff(units) { slices.identities[$0] }
    }
    for place in 0..<slices.count {
      guard !Task.isCancelled else { throw .interrupted }
      let slice = slices[place]
      let reduction = try stages.measure(.transform) { () throws(CatchmentError) in
        try reducer.reduce(slice)
      }
      try shared.keep(reduction.artifacts)
      try stages.measure(.load) { () throws(CatchmentError) in
        try shared.warehouse.check { () throws(DuckDBError) in
          try openLoad().write(slice: slice, reduction)
        }
      }
      slices.forget()
    }
    for unit in units {
      let count = unit.content.records.count
      try shared.warehouse.check { () throws(DuckDBError) in
        try openLoad().finish(unit, records: count)
      }
      log(unit, records: count)
      committed += 1
      read += count
    }
    try finishUnit()
  }

  private func finishUnit() throws(CatchmentError) {
    isWithinUnit = false
    if bytes >= Self.transactionSize { try commit() }
  }

  private func identities(of reduction: any Reduction) -> ContiguousArray<UInt64> {
    ContiguousArray(reduction.ledger.indices.map(reduction.allIdentities).joined())
  }

  /// A unit that cannot be read is left out and reported; the others go on.
  private func readAll(_ group: [Unit]) throws(CatchmentError) -> [ReadUnit] {
    var units: [ReadUnit] = []
    for (slot, unit) in group.enumerated() {
      guard !Task.isCancelled else { throw .interrupted }
      do throws(CatchmentError) {
        units.append(
          try stages.measure(.extract) { () throws(CatchmentError) in
            try reader(slot).read(unit, after: nil, importedAt: shared.run.startedAt)
          })
      } catch  where error.code == .sourceUnavailable {
        shared.note { $0.problems.append(error) }
      }
    }
    return units
  }

  private func reader(_ slot: Int) -> UnitReader {
    while readers.count <= slot { readers.append(UnitReader(shared)) }
    return readers[slot]
  }

  /// Keeps the first records of a unit that is read at the source.
  private func keepRaw(_ content: UnitContent, count: Int) throws(CatchmentError) {
    guard case .source = shared.origin else { return }
    try stages.measure(.extract) { () throws(CatchmentError) in
      if segment == nil { segment = try RawSegment(path: shared.nextSegmentPath(), compressor) }
      try segment?.append(content, count: count, extractedAt: shared.run.startedAt)
    }
  }

  private func openLoad() throws(DuckDBError) -> Load {
    if let load { return load }
    let opened = try Load(shared.warehouse, connection, run: shared.run.number)
    load = opened
    return opened
  }

  /// Publishes the raw records first, then commits what they came to, and their file's name.
  private func commit() throws(CatchmentError) {
    guard bytes > 0 else { return }
    let began = Clock.steady()
    defer { stages.add(Clock.steady() - began, to: .load) }
    bytes = 0
    for reader in readers { reader.region.release() }
    let segment = self.segment.take()
    try segment?.publish(run: shared.run.id)
    try shared.run.lease?.check(connection)
    do throws(DuckDBError) {
      let load = try openLoad()
      self.load = nil
      if let segment { try Segments.register(segment, run: shared.run.number, connection) }
      try load.commit()
    } catch {
      throw .warehouse(error, shared.warehouse.path)
    }
    let (units, records) = (committed, read)
    shared.note {
      $0.committedUnits += units
      $0.read += records
    }
    committed = 0
    read = 0
  }
}
