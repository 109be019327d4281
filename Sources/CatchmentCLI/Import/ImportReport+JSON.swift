import Catchment
import CatchmentEngine

extension ImportReport {
  /// What `import --json` prints.
  var json: JSON {
    [
      "run_id": .text(runID),
      "status": .text(status.rawValue),
      "units": [
        "planned": .integer(unitsPlanned), "skipped": .integer(unitsSkipped),
        "committed": .integer(unitsCommitted),
      ],
      "records": records.json,
      "bytes_read": .integer(bytesRead),
      "seconds": .number(Figures.fixed(seconds, 3)),
      "platforms": .object(
        platforms.sorted { $0.key < $1.key }.map { name, platform in (name, platform.json) }),
    ]
  }
}

extension RecordCounts {
  var json: JSON {
    [
      "read": .integer(read), "loaded": .integer(loaded), "updated": .integer(updated),
      "duplicate": .integer(duplicate), "filtered": .integer(filtered),
      "dead_lettered": .integer(deadLettered),
    ]
  }
}

extension ImportReport.Platform {
  fileprivate var json: JSON {
    [
      "conversations": .integer(conversations), "messages": .integer(messages),
      "tool_calls": .integer(toolCalls),
    ]
  }
}
