import Catchment
import CatchmentEngine
import DuckDB

/// What processes do in a home, as `status` prints it.
struct StatusPage {
  let runs: [LiveRuns]

  func print(_ options: GlobalOptions, isJSON: Bool) {
    let listing = Listing(
      columns: Self.columns, rows: runs.flatMap { run in run.works.map { Self.row($0, of: run) } })
    if isJSON { return Output.line(listing.json.description) }
    guard !listing.rows.isEmpty else { return Output.line("Nothing is running.") }
    listing.printTable(options)
  }

  private static let columns: [Listing.Column] = [
    .init("Run", "name"), .init("Command", "command", .detail), .init("Status", "status"),
    .init("Stage", "stage"), .init("Attempt", "attempt", .count),
    .init("Again (UTC)", "paused_until", .detail), .init("Done", "share", .percent),
    .init("Units", "units", .count),
    .init("Of", "total_units", .count), .init("Rows", "rows", .count),
    .init("Bytes", "bytes", .bytes), .init("Of", "total_bytes", .bytes),
    .init("A second", "bytes_per_second", .bytes),
    .init("Left", "milliseconds_left", .milliseconds),
    .init("Since (UTC)", "started_at", .minute), .init("Told (UTC)", "updated_at", .detail),
    .init("Process", "pid"), .init("Peak memory", "peak_memory_bytes", .bytes),
  ]

  private static func row(_ work: LiveRuns.Work, of run: LiveRuns) -> [Value] {
    let name: [Value] = [
      .text(work.name), .text(run.command), .text(run.isRunning ? "running" : "stopped"),
      .text(work.progress.phase.rawValue),
      run.command == "run" ? .integer(Int64(work.progress.attempt)) : .null,
      work.progress.pausedUntil.map { .timestampTZ(micros: $0) } ?? .null,
    ]
    let process: [Value] = [
      .timestampTZ(micros: run.began), .timestampTZ(micros: run.updated),
      .integer(Int64(run.process)), .integer(run.peakMemory),
    ]
    return name + figures(work.progress, hasRows: run.command == "run")
      + (run.isRunning ? work.pace(at: run.updated) : [.null, .null]) + process
  }

  private static func figures(_ progress: RunProgress.Snapshot, hasRows: Bool) -> [Value] {
    let rows: Value = hasRows ? .integer(Int64(progress.rows)) : .null
    guard progress.totalUnits > 0 else { return [.null, .null, .null, rows, .null, .null] }
    let done: [Value] = [
      .integer(Int64(progress.units)), .integer(Int64(progress.totalUnits)), rows,
    ]
    // What comes by standard input, or is a table, has no size at its source.
    guard progress.totalBytes > 0 else { return [.null] + done + [.null, .null] }
    let share = Double(progress.bytes) / Double(progress.totalBytes)
    return [.double(share)] + done + [.integer(progress.bytes), .integer(progress.totalBytes)]
  }
}

extension LiveRuns.Work {
  /// Bytes a second, and the milliseconds that the rest takes at that; nulls before it is known.
  fileprivate func pace(at now: Int64) -> [Value] {
    guard let readingSince, now > readingSince, progress.phase != .ended, progress.bytes > 0
    else { return [.null, .null] }
    let rate = Double(progress.bytes) / (Double(now - readingSince) / 1e6)
    let left = Double(max(progress.totalBytes - progress.bytes, 0)) / rate
    return [.integer(Int64(rate)), .integer(Int64(left * 1_000))]
  }
}
