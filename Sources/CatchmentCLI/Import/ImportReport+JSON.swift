import Catchment
import CatchmentEngine

extension ImportReport {
  /// What `import --json` prints.
  var json: JSON {
    JSON([
      "run_id": .text(runID),
      "status": .text(status.rawValue),
      "units": JSON([
        "planned": .integer(unitsPlanned), "skipped": .integer(unitsSkipped),
        "committed": .integer(unitsCommitted),
      ]),
      "records": records.json,
      "bytes_read": .integer(bytesRead),
      "seconds": .number(Figures.fixed(seconds, 3)),
      "platforms": .object(
        platforms.sorted { $0.key < $1.key }.map { name, platform in
          JSON.Member(name, platform.json)
        }),
      "duplicates": duplicates.json,
      "metrics": .written(metrics.json),
      "warehouse": publication?.json ?? .null,
    ])
  }
}

extension RecordCounts {
  var json: JSON {
    JSON([
      "read": .integer(read), "loaded": .integer(loaded), "updated": .integer(updated),
      "duplicate": .integer(duplicate), "filtered": .integer(filtered),
      "dead_lettered": .integer(deadLettered),
    ])
  }
}

extension ImportReport.Platform {
  fileprivate var json: JSON {
    JSON([
      "conversations": .integer(conversations), "messages": .integer(messages),
      "tool_calls": .integer(toolCalls),
    ])
  }
}
