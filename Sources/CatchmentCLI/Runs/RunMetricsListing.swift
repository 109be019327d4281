import Catchment
import CatchmentEngine
import DuckDB

/// The metrics of each run that kept them, the newest first.
struct RunMetricsListing {
  private let reader: WarehouseReader

  init(_ reader: WarehouseReader) { self.reader = reader }

  func print(_ options: GlobalOptions, isJSON: Bool) throws(CatchmentError) {
    let rows = try reader.rows(Self.query)
    if isJSON {
      return Output.line(JSON.array(rows.map(Self.object)).description)
    }
    guard !rows.isEmpty else { return Output.line("No run has kept its metrics yet.") }
    Listing(columns: Self.columns, rows: rows.map { Array($0.dropLast()) }).printTable(options)
  }

  private static func object(_ row: [Value]) -> JSON {
    JSON([
      "run": JSON(row[0]), "run_id": JSON(row[1]), "command": JSON(row[2]),
      "metrics": row.last?.text.map(JSON.written) ?? .null,
    ])
  }

  private static let columns: [Listing.Column] = [
    .init("Run", "run", .count), .init("ID", "run_id"), .init("Command", "command"),
    .init("Took", "seconds", .milliseconds), .init("Conv.", "conversations", .count),
    .init("Messages", "messages", .count), .init("A second", "per_second", .bytes),
    .init("Plan", "plan", .milliseconds), .init("Extract", "extract", .milliseconds),
    .init("Transform", "transform", .milliseconds), .init("Load", "load", .milliseconds),
    .init("Link", "link", .milliseconds), .init("Reconcile", "reconcile", .milliseconds),
    .init("Dead", "error_rate", .percent), .init("CPU", "cpu", .milliseconds),
    .init("Memory", "memory", .bytes), .init("Raw", "raw", .bytes),
    .init("Warehouse", "warehouse", .bytes),
  ]

  private static let query: String = {
    func milliseconds(_ path: String) -> String { "(metrics->>'\(path)')::DOUBLE * 1000" }
    func number(_ path: String) -> String { "(metrics->>'\(path)')::BIGINT" }
    let stages = ["plan", "extract", "transform", "load", "link", "reconcile"]
      .map { milliseconds("$.stage_seconds.\($0)") }
    let fields =
      [
        "run", "run_id", "command", milliseconds("$.seconds"), number("$.conversations"),
        number("$.messages"), number("$.per_second.bytes"),
      ] + stages + [
        "(metrics->>'$.error_rate')::DOUBLE", milliseconds("$.cpu_seconds"),
        number("$.peak_memory_bytes"), number("$.raw_bytes"), number("$.warehouse_bytes"),
        "metrics::VARCHAR",
      ]
    return """
      SELECT \(fields.joined(separator: ", ")) FROM catchment.runs
      WHERE metrics IS NOT NULL ORDER BY run DESC
      """
  }()
}
