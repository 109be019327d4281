import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Roo Code, Cline or Kilo Code` {
  private static let shown = (Oracle.of("roo_code") + Oracle.of("kilo_code"))
    .filter { $0.file.hasSuffix("/ui_messages.json") }
  private static let blocks =
    "(SELECT unnest(from_json(content, '[\"JSON\"]')) AS block FROM messages)"

  private static func source(of oracle: Oracle) -> any Source {
    oracle.file.hasPrefix("roo_code") ? RooCodeSource() : KiloCodeSource()
  }

  @Test(arguments: shown)
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(Self.source(of: oracle))
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    #expect(report.records.loaded == 1)
    let kinds = try oracle.numbers("entries_by_kind")
    func entries(_ names: String...) -> Int {
      names.reduce(0) { $0 + (kinds[$1] ?? 0) }
    }
    #expect(
      try work.number("SELECT count(*) FROM tool_calls")
        == entries("ask:tool", "ask:command", "ask:use_mcp_server"))
    #expect(try work.number("SELECT count(*) FROM messages WHERE kind = 'prompt'") == 1)
    #expect(
      try work.number(
        """
        SELECT count(*) FROM (SELECT role, unnest(from_json(content, '["JSON"]')) AS block
          FROM messages) WHERE role <> 'system' AND (block->>'type') = 'text'
        """) == entries("say:text") - (oracle["partial_entries"] ?? 0))
    let sums = try oracle.numbers("sum_tokens")
    for (metric, column) in [
      ("tokensIn", "input"), ("tokensOut", "output"), ("cacheReads", "cache_read"),
      ("cacheWrites", "cache_write"),
    ] {
      let sum = try work.number("SELECT coalesce(sum(\(column)_tokens), 0)::BIGINT FROM messages")
      #expect(sum == sums[metric] ?? 0, "\(metric)")
    }
    let microdollars = try work.number(
      "SELECT round(coalesce(sum(cost), 0) * 1e6)::BIGINT FROM messages")
    #expect(microdollars == oracle.millionths("sum_cost_usd"))
  }

  @Test(arguments: Oracle.of("cline"))
  func `of the Cline command comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(ClineSource())
    try await work.importAll([Samples.path(oracle.file)])
    #expect(try work.number("SELECT count(*) FROM messages") == oracle["messages"])
    for (type, count) in try oracle.numbers("blocks_by_type") {
      #expect(
        try work.number("SELECT count(*) FROM \(Self.blocks) WHERE (block->>'type') = '\(type)'")
          == count, "\(type)")
    }
    let uses = try oracle.numbers("blocks_by_type")["tool_use"] ?? 0
    #expect(try work.number("SELECT count(*) FROM tool_calls") == uses)
    let sums = try oracle.amounts("sum_metrics")
    // The file's input figure is the whole prompt. In live-test-cmd-ran.json each cost is exactly
    // that of (input - cached) at $5, cached at $0.50 and output at $25 a million.
    for (metric, columns) in [
      ("inputTokens", "input_tokens + cache_read_tokens + cache_write_tokens"),
      ("outputTokens", "output_tokens"), ("cacheReadTokens", "cache_read_tokens"),
      ("cacheWriteTokens", "cache_write_tokens"),
    ] {
      let sum = try work.number("SELECT coalesce(sum(\(columns)), 0)::BIGINT FROM messages")
      #expect(sum == Int(sums[metric] ?? 0), "\(metric)")
    }
    let cost = try work.number("SELECT round(coalesce(sum(cost), 0) * 1e7)::BIGINT FROM messages")
    #expect(cost == Int(((sums["cost"] ?? 0) * 1e7).rounded()))
  }

  @Test func `makes one conversation of each folder`() async throws {
    let work = try Workspace(RooCodeSource())
    let report = try await work.importAll([Samples.path("roo_code")])
    #expect(report.records.isConserved)
    #expect(report.records.deadLettered == 0)
    #expect(try work.number("SELECT count(*) FROM conversations") == 10)
    #expect(
      try work.number(
        "SELECT count(*) FROM tool_calls WHERE tool_name = 'newTask' AND child_conversation_id IS NOT NULL"
      ) == 2)
    let before = try work.checksums()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums() == before)
  }

  @Test func `is conserved when it is damaged`() async throws {
    let folders = ["roo_code", "kilo_code", "cline"]
    let originals = folders.flatMap { Samples.files(in: $0, extension: "json") }.compactMap {
      file in
      FileManager.default.contents(atPath: file.path).map { (file.lastPathComponent, Array($0)) }
    }
    try await DamagedFiles(
      source: ClineSource(), originals: originals.filter { $0.1.count < 12_000 }
    ).check()
  }
}
