import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

/// Reads Prometheus' text format as its description has it; throws on anything else.
struct PrometheusReader {
  /// By name and labels as they are written.
  private(set) var samples: [String: Double] = [:]
  private(set) var types: [String: String] = [:]

  init(_ text: String) throws {
    guard text.hasSuffix("\n") else { throw TestFailure("the last line has no end") }
    for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
      if let match = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter)/) {
        guard types.updateValue(String(match.2), forKey: String(match.1)) == nil else {
          throw TestFailure("two types of \(match.1)")
        }
      } else if line.wholeMatch(of: /# HELP [a-zA-Z_:][a-zA-Z0-9_:]* (?:[^\\]|\\\\|\\n)*/) == nil {
        try add(sample: String(line))
      }
    }
  }

  private mutating func add(sample line: String) throws {
    let label = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\\\|\\"|\\n)*"/
    let pattern = /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)/
    guard let match = line.wholeMatch(of: pattern), let value = Double(match.3) else {
      throw TestFailure("no sample: \(line)")
    }
    guard types[String(match.1)] != nil else { throw TestFailure("no type before \(line)") }
    var rest = match.2 ?? ""
    while let next = rest.prefixMatch(of: label) {
      rest = rest[next.range.upperBound...]
      if rest.first == "," { rest = rest.dropFirst() }
    }
    guard rest.isEmpty else { throw TestFailure("no labels: \(line)") }
    let key = line.dropLast(match.3.count + 1)
    guard samples.updateValue(value, forKey: String(key)) == nil else {
      throw TestFailure("twice: \(line)")
    }
  }
}

@Suite struct `Figures for Prometheus` {
  @Test func `are in its format, whatever is in a label`() throws {
    var text = PrometheusText()
    text.add(
      "catchment_x", "A \\ and\na line.",
      [(["path": "a\"b\\c\nd", "n": ""], 1.5), (["path": "é", "n": "2"], .infinity)])
    text.add("catchment_none", "Nothing.", [])
    text.add("catchment_one", "One.", 3)
    let read = try PrometheusReader(text.text)
    #expect(read.samples[#"catchment_x{path="a\"b\\c\nd",n=""}"#] == 1.5)
    #expect(read.samples[#"catchment_x{path="é",n="2"}"#] == .infinity)
    #expect(read.samples["catchment_one"] == 3)
    #expect(read.types == ["catchment_x": "gauge", "catchment_one": "gauge"])
  }

  @Test(arguments: ["x 1", "# TYPE x gauge\nx{a=b} 1\n", "# TYPE x gauge\nx one\n"])
  func `are not what the reader of these tests takes for them by mistake`(text: String) {
    #expect(throws: TestFailure.self) { try PrometheusReader(text) }
  }

  @Test func `of a run are in a file that others may read, in place of the last`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write("{\"broken\n", to: "a.jsonl")
    let report = try await work.importAll()
    let path = "\(work.files.path)/catchment.prom"
    try MetricsFile(path).write(failed: "import", CatchmentError(.locked, "held"))
    var read = try PrometheusReader(FileText.read(path) ?? "")
    #expect(read.samples[#"catchment_run_success{command="import"}"#] == 0)
    try MetricsFile(path).write(
      "import", report.runID, report.status, report.metrics, platforms: report.platforms)
    read = try PrometheusReader(FileText.read(path) ?? "")
    #expect(read.samples[#"catchment_run_success{command="import"}"#] == 1)
    #expect(read.samples[#"catchment_run_records{outcome="dead_lettered"}"#] == 1)
    #expect(read.samples["catchment_run_records_read"] == 1)
    #expect(read.samples["catchment_run_error_ratio"] == 1)
    #expect(read.samples[#"catchment_conversations{platform="claude_code"}"#] == 0)
    #expect((read.samples[#"catchment_store_bytes{store="warehouse"}"#] ?? 0) > 10_000)
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect((mode ?? 0) & 0o444 == 0o444)
  }
}

@Suite struct `The metrics of a run` {
  @Test func `say what came in, where the time went, and what it took`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let lines = (1...20).map { number in
      """
      {"type":"user","uuid":"00000000-0000-4000-8000-0000000000\(number + 10)","sessionId":"s\(number % 2)",\
      "timestamp":"2026-03-01T10:00:00Z","message":{"role":"user","content":"x"}}
      """
    }
    try work.files.write(lines.joined(separator: "\n") + "\n{\"broken\n", to: "a.jsonl")
    let metrics = try await work.importAll().metrics
    #expect(metrics.messages == 20)
    #expect(
      metrics.conversations == (try work.number("SELECT count(*) FROM conversations")))
    #expect(metrics.units == 1)
    #expect(metrics.records.deadLettered == 1)
    #expect(metrics.errorRate == 1.0 / 21)
    for stage in RunStage.ofImports { #expect(metrics.stages[stage, default: 0] > 0, "\(stage)") }
    #expect(metrics.seconds > 0)
    #expect(metrics.cpuSeconds > 0)
    #expect(metrics.peakMemory > 10 << 20)
    #expect((metrics.rawBytes ?? 0) > 100)
    let kept = try work.rows(
      """
      SELECT (metrics->>'messages')::INT, (metrics->>'error_rate')::DOUBLE,
        (metrics->'stage_seconds'->>'load')::DOUBLE > 0, (metrics->'per_second'->>'bytes')::INT > 0
      FROM catchment.runs
      """)
    #expect(kept[0][0].int64 == 20)
    #expect(kept[0][2].boolean == true)
    #expect(kept[0][3].boolean == true)
  }
}
