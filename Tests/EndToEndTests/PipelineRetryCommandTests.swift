import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite(.timeLimit(.minutes(5))) struct `A pipeline of a file that is tried again` {
  /// A run that is held up by a file that is not there.
  private final class HeldUp {
    let place: Workplace
    let process: Process
    private let output = Pipe()
    private let errors = Pipe()

    /// - Parameter pause: between the attempts.
    init(pause: String, _ options: String...) throws {
      place = try Workplace()
      try place.write("id\n1\n2\n", to: "rates.csv")
      try place.write(
        """
        version: 1
        pipelines:
          - name: orders
            retry: { attempts: 1000, delay: \(pause), limit: \(pause) }
            extract: { csv: { path: orders.csv } }
            transform:
              - filter: id > 1
            load: { duckdb: { path: shop.duckdb, table: orders } }
          - name: rates
            on_failure: skip
            extract: { csv: { path: rates.csv } }
            transform:
              - expect: { least_rows: 5 }
            load: { duckdb: { path: rates.duckdb, table: rates } }
          - name: totals
            needs: rates
            extract: { csv: { path: rates.csv } }
            load: { duckdb: { path: totals.duckdb, table: totals } }
        """, to: "shop.yaml")
      let path = place.path
      process = try Program.start(
        ["run", "\(path)/shop.yaml", "--home", place.home, "--json"]
          + options.map { $0.replacing("PLACE", with: path) },
        output: output, errors: errors)
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    /// Lets time pass until it has failed once.
    func waitForFailure() throws {
      var said = ""
      while !said.contains("tried again") {
        let more = errors.fileHandleForReading.availableData
        try #require(!more.isEmpty, "it has ended: \(said)")
        said += String(decoding: more, as: UTF8.self)
      }
    }

    /// What it prints, once it has ended.
    func end() throws -> Program.Outcome {
      let printed = try output.fileHandleForReading.readToEnd() ?? Data()
      let said = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return Program.Outcome(
        status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
        errors: String(decoding: said, as: UTF8.self))
    }
  }

  @Test func `ends well, and its report, its log and its figures say the same`() throws {
    let run = try HeldUp(
      pause: "100ms", "--log", "PLACE/log.jsonl", "--metrics-file", "PLACE/run.prom")
    try run.waitForFailure()
    try run.place.write("id\n1\n2\n3\n", to: "orders.csv")
    let outcome = try run.end()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let report = try #require(outcome.objects.first { $0["pipeline"] as? String == "orders" })
    let attempts = try #require(report["attempts"] as? [[String: Any]])
    #expect(attempts.count > 1)
    let error = try #require(attempts[0]["error"] as? [String: Any])
    #expect(error["class"] as? String == "transient")
    #expect(attempts[0]["stage"] as? String == "plan")
    #expect(attempts.last?["error"] is NSNull)
    try checkLog(of: run.place, report, attempts.count)
    try checkFigures(of: run.place, report, attempts.count)
    let rates = try #require(outcome.objects.first { $0["pipeline"] as? String == "rates" })
    #expect((rates["error"] as? [String: Any])?["class"] as? String == "data")
    #expect((rates["attempts"] as? [Any])?.count == 1)
  }

  private func checkLog(of place: Workplace, _ report: [String: Any], _ attempts: Int) throws {
    let lines = try String(contentsOfFile: "\(place.path)/log.jsonl", encoding: .utf8)
      .split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
    func told(_ message: String, _ pipeline: String = "orders") -> [[String: Any]] {
      lines.filter {
        $0["message"] as? String == message && $0["pipeline"] as? String == pipeline
      }
    }
    #expect(told("run failed").map { $0["attempt"] as? Int } == Array(1..<attempts))
    #expect(told("run again").count == attempts - 1)
    #expect(told("run failed").allSatisfy { $0["error_class"] as? String == "transient" })
    let end = try #require(told("run ended").first)
    #expect(end["attempt"] as? Int == attempts)
    #expect(end["run_id"] as? String == report["run_id"] as? String)
    let records = try #require(report["records"] as? [String: Int])
    for name in ["read", "loaded", "updated", "duplicate", "filtered", "dead_lettered"] {
      #expect(end[name] as? Int == records[name], "\(name)")
    }
    #expect(end["bytes"] as? Int == report["bytes_read"] as? Int)
    let stages = told("stage done").filter { $0["attempt"] as? Int == attempts }
    #expect(
      stages.map { $0["stage"] as? String } == [
        "plan", "extract", "transform", "load", "reconcile",
      ])
    let seconds = stages.reduce(0) { $0 + ($1["seconds"] as? Double ?? 0) }
    #expect(seconds > 0 && seconds <= end["seconds"] as? Double ?? 0)
    #expect(stages[1]["rows"] as? Int == 3 && stages[3]["rows"] as? Int == 2)
    let step = try #require(told("step done").first)
    #expect(step["step"] as? String == "filter" && step["passed"] as? Int == 2)
    #expect(told("run failed", "rates").map { $0["error_class"] as? String } == ["data"])
    #expect(told("pipeline skipped", "totals").map { $0["needs"] as? [String] } == [["rates"]])
  }

  private func checkFigures(of place: Workplace, _ report: [String: Any], _ attempts: Int) throws {
    let text = try String(contentsOfFile: "\(place.path)/run.prom", encoding: .utf8)
    let figures = Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        let end = line.lastIndex(of: " ") ?? line.endIndex
        return (String(line[..<end]), Double(line[end...].dropFirst()))
      })
    func figure(_ name: String, _ labels: String = "") -> Double? {
      figures["catchment_pipeline_\(name){pipeline=\"orders\"\(labels)}"] ?? nil
    }
    let records = try #require(report["records"] as? [String: Int])
    for name in ["loaded", "updated", "duplicate", "filtered", "dead_lettered"] {
      let counted = figure("records", ",outcome=\"\(name)\"").map { Int($0) }
      #expect(counted == records[name], "\(name)")
    }
    #expect(figure("records_read") == 3)
    #expect(figure("retries") == Double(attempts - 1))
    #expect(figure("units", ",state=\"committed\"") == 1)
    #expect(figure("peak_memory_bytes") ?? 0 > 1_000_000)
    let stages = ["plan", "fetch", "extract", "transform", "load", "reconcile"].reduce(0.0) {
      $0 + (figure("stage_seconds", ",stage=\"\($1)\"") ?? .nan)
    }
    #expect(stages > 0 && stages <= figure("duration_seconds") ?? 0)
    #expect(figures["catchment_run_success{command=\"run\"}"] == 1)
    #expect(figures["catchment_pipeline_success{pipeline=\"rates\"}"] == 0)
    #expect(
      figures.keys.contains {
        $0.hasPrefix("catchment_pipeline_info{pipeline=\"rates\"")
          && $0.contains("status=\"failed\",error_class=\"data\"")
      })
  }

  @Test func `is shown as waiting, and ends at once when it is interrupted`() throws {
    let run = try HeldUp(pause: "1h", "--quiet")
    var told: [String: Any]?
    while told == nil {
      try #require(run.process.isRunning)
      told = try run.place.run("status", "--json").objects
        .first { $0["name"] as? String == "orders" && $0["attempt"] as? Int == 2 }
    }
    #expect(told?["stage"] as? String == "waiting")
    #expect(told?["paused_until"] is String)
    kill(run.process.processIdentifier, SIGINT)
    let outcome = try run.end()
    #expect(outcome.status == 130, "\(outcome.errors)")
    #expect(try run.place.run("status").output == "Nothing is running.\n")
  }

  @Test func `is not when it has read standard input, which is gone by then`() throws {
    let place = try Workplace()
    try place.write(
      """
      version: 1
      name: piped
      retry: { attempts: 3, delay: 1ms, classes: [data] }
      extract: { csv: { path: "-" } }
      transform:
        - expect: { least_rows: 5 }
      load: { csv: { path: out.csv } }
      """, to: "piped.yaml")
    let outcome = try place.run("run", "\(place.path)/piped.yaml", "--json", input: "id\n1\n")
    #expect(outcome.status == 4, "\(outcome.errors)")
    #expect((outcome.object["attempts"] as? [Any])?.count == 1)
  }

  @Test(arguments: ["--log", "--metrics-file"])
  func `leaves no trace of a dry run`(option: String) throws {
    let outcome = try Program.run(["run", "any.yaml", "--dry-run", option, "somewhere"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("leave no trace"))
  }
}

extension Workplace {
  fileprivate func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
  }
}
