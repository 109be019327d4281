internal import Catchment
internal import DuckDB
internal import Synchronization

/// What the workers of one import share.
final class ImportShared: Sendable {
  let warehouse: Warehouse
  let rawStore: RawStore
  let source: any Source
  let run: RunInfo
  let spill: String
  let keys = KeySet()
  let progress: ImportProgress
  private let queue: Mutex<[Unit]>
  private let segments = Mutex(0)
  private let outcome = Mutex(Outcome())

  struct Outcome {
    /// New units that share records with others: derived again together with them.
    var deferred: [Unit] = []
    var problems: [CatchmentError] = []
    var committedUnits = 0
    /// Non-blank lines that were read and recorded.
    var read = 0
    var unfinished = 0
  }

  init(
    warehouse: Warehouse, rawStore: RawStore, source: any Source, run: RunInfo, spill: String,
    units: [Unit], progress: ImportProgress
  ) {
    self.warehouse = warehouse
    self.rawStore = rawStore
    self.source = source
    self.run = run
    self.spill = spill
    self.progress = progress
    queue = Mutex(units.reversed())
  }

  func nextUnit() -> Unit? { queue.withLock { $0.popLast() } }

  func nextSegmentPath() throws(CatchmentError) -> String {
    let number = segments.withLock { count in
      count += 1
      return count
    }
    return try rawStore.segment(source: source.name, run: run.id, number: number)
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
}

/// Reads new units, one after another, and loads them in transactions of some size.
///
/// The order is the promise: a unit's records are in a published raw segment before the transaction
/// with its rows, its ledger and its marker commits.
final class LoadWorker {
  /// A transaction is committed at this many bytes of source: enough rows that the engine writes
  /// whole row groups, few enough that a kill loses little work.
  private static let transactionSize: Int64 = 96 << 20

  private let shared: ImportShared
  private let connection: Connection
  private let reader: UnitReader
  private let reducer: any Reducer
  private let compressor: ZstdCompressor
  private var load: Load?
  private var segment: RawSegment?
  private var committed = 0
  private var read = 0

  init(_ shared: ImportShared) throws(CatchmentError) {
    self.shared = shared
    connection = try shared.warehouse.connect()
    reader = UnitReader(spill: shared.spill)
    reducer = shared.source.makeReducer()
    compressor = try ZstdCompressor(level: RawSegment.compressionLevel)
  }

  func run() throws(CatchmentError) {
    do throws(CatchmentError) {
      while let unit = shared.nextUnit() {
        guard !Task.isCancelled else { throw CatchmentError(.interrupted, "interrupted") }
        try take(unit)
        if let segment, segment.payloadBytes >= Self.transactionSize { try commit() }
      }
      try commit()
    } catch {
      load = nil
      throw error
    }
  }

  private func take(_ unit: Unit) throws(CatchmentError) {
    let content: ReadUnit
    do throws(CatchmentError) {
      content = try reader.read(unit, after: nil, importedAt: shared.run.startedAt)
    } catch where error.code == .sourceUnavailable {
      shared.note { $0.problems.append(error) }
      return
    }
    let reduction = try reducer.reduce([content.content])
    try keepRaw(content.content, count: reduction.ledger[0].count)
    shared.progress.add(bytes: unit.fingerprint.size, units: 1)
    if !reduction.unfinished.isEmpty { shared.note { $0.unfinished += 1 } }
    guard shared.keys.admit(reduction.identities) else {
      shared.note { $0.deferred.append(unit) }
      return
    }
    do throws(DuckDBError) {
      try write(content, reduction)
    } catch {
      throw .warehouse(error, shared.warehouse.path)
    }
  }

  private func keepRaw(_ content: UnitContent, count: Int) throws(CatchmentError) {
    if segment == nil { segment = try RawSegment(path: shared.nextSegmentPath(), compressor) }
    try segment?.append(content, count: count, extractedAt: shared.run.startedAt)
  }

  private func write(_ unit: ReadUnit, _ reduction: any Reduction) throws(DuckDBError) {
    let load = try openLoad()
    let entries = reduction.ledger[0]
    try reduction.write(to: load.writers)
    try load.ledger.write(unit.content, unit.cursor(after: entries.count), entries)
    try load.ledger.write(identities: reduction.identities, of: unit.content.unit)
    committed += 1
    read += entries.count
  }

  private func openLoad() throws(DuckDBError) -> Load {
    if let load { return load }
    let opened = try Load(shared.warehouse, connection, run: shared.run.number)
    load = opened
    return opened
  }

  private func commit() throws(CatchmentError) {
    if let segment {
      self.segment = nil
      try segment.publish(run: shared.run.id)
    }
    guard let load else { return }
    self.load = nil
    do throws(DuckDBError) {
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
