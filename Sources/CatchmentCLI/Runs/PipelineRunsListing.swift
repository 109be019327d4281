import Catchment
import DuckDB

/// The runs of pipelines, as `runs --of` lists them.
struct PipelineRunsListing {
  let runs: [PipelineFileOption.Found]

  var listing: Listing { Listing(columns: Self.columns, rows: runs.map { Self.row($0.run) }) }

  private static let columns: [Listing.Column] = [
    .init("Pipeline", "pipeline"), .init("ID", "run_id"), .init("Status", "status"),
    .init("Started (UTC)", "started_at", .minute), .init("Took", "duration_ms", .milliseconds),
    .init("Units", "units_committed", .count), .init("Bytes", "bytes_read", .bytes),
    .init("Read", "records_read", .count), .init("Loaded", "loaded", .count),
    .init("Updated", "updated", .count), .init("Duplicate", "duplicate", .count),
    .init("Filtered", "filtered", .count), .init("Dead", "dead_lettered", .count),
    .init("Deleted", "deleted", .count),
  ]

  private static func row(_ run: Run) -> [Value] {
    let records = run.records
    let took = run.ended.map { Double($0 - run.started) / 1_000 }
    let counts = [
      records.read, records.loaded, records.updated, records.duplicate, records.filtered,
      records.deadLettered, records.deleted,
    ]
    return [
      .text(run.pipeline), .text(run.id), .text(run.status.rawValue),
      .timestampTZ(micros: run.started), took.map(Value.double) ?? .null,
      .integer(Int64(run.unitsCommitted)), .integer(run.bytesRead),
    ] + counts.map { .integer(Int64($0)) }
  }
}
