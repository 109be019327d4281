internal import Catchment
internal import DuckDB
internal import Foundation

/// Standard output, which is written when a run has come to its end, and forgets.
///
/// What was written cannot be told afterwards, so each run is the first: it reads everything and
/// writes everything.
final class StreamSession: DestinationSession {
  private let copyOptions: [String]
  private let bench: Workbench
  private var run: Run?
  private var units: [UUIDBytes: CommittedUnit] = [:]
  private var letters = 0
  /// The rows on their way.
  private var waiting: [String] = []

  init(copyOptions: [String], bench: Workbench) {
    self.copyOptions = copyOptions
    self.bench = bench
  }

  func runs() throws(CatchmentError) -> [Run] { run.map { [$0] } ?? [] }
  func committedUnits() throws(CatchmentError) -> [UUIDBytes: CommittedUnit] { units }
  func newestToken() throws(CatchmentError) -> Int64 { 0 }
  func deadLetters() throws(CatchmentError) -> Int { letters }

  func begin(_ run: Run) throws(CatchmentError) { self.run = run }

  func readsOnce() -> Bool { true }

  func load(
    _ batch: Batch, of run: Run, mayCommit: () throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> RecordCounts {
    var counts = RecordCounts()
    if let rows = batch.rows {
      let path = "\(bench.spill)/standard-output-\(waiting.count)"
      waiting.append(path)
      counts.loaded = try FileCopy(options: copyOptions, bench: bench).write(rows, to: path)
    }
    let settled = try batch.settled(in: bench)
    try mayCommit()
    for marker in settled.units { units[marker.unit.id] = marker }
    letters += settled.deadLetters.count
    for rejects in batch.rejects { letters += try bench.count(rejects.rows) }
    return counts
  }

  /// Nothing is written of a run that failed.
  func end(_ run: Run) throws(CatchmentError) {
    self.run = run
    if run.status == .done || run.status == .partial {
      for path in waiting { try Self.print(path) }
    }
    close()
  }

  private static func print(_ path: String) throws(CatchmentError) {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { file.closeFile() }
      while let bytes = try file.read(upToCount: 1 << 20), !bytes.isEmpty {
        try FileHandle.standardOutput.write(contentsOf: bytes)
      }
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "standard output takes no more",
        hint: "see that what reads it is still there", cause: "\(error)")
    }
  }

  func rollBack(_ run: String, cascade: Bool) throws(CatchmentError) -> [String] {
    throw CatchmentError(.refused, "what was written to standard output cannot be taken back")
  }

  func close() {
    // What is left in the folder for spilled data does no harm.
    for path in waiting { do throws(CatchmentError) { try FileStep.remove(path) } catch {} }
    waiting = []
  }
}
