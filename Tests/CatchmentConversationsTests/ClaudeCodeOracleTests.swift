import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Claude Code` {
  private static let stated =
    "coalesce(input_tokens, output_tokens, cache_read_tokens, cache_write_tokens) IS NOT NULL"
  private static let sums = [
    "sum_input_tokens": "input_tokens", "sum_output_tokens": "output_tokens",
    "sum_cache_read_input_tokens": "cache_read_tokens",
    "sum_cache_creation_input_tokens": "cache_write_tokens",
  ]
  /// Results that no call is known for stay in their message as they were written.
  private static let results = """
    SELECT DISTINCT native_id FROM tool_calls WHERE result_message_id IS NOT NULL
    UNION
    SELECT DISTINCT block->>'tool_use_id'
    FROM (SELECT unnest(from_json(content, '["JSON"]')) AS block FROM messages)
    WHERE block->>'type' = 'tool_result' AND json_exists(block, '$.content')
    """

  @Test(arguments: Oracle.all)
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(ClaudeCodeSource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    #expect(report.unitsCommitted == 1)
    let counts: [(String, String)] =
      [
        ("lines", "SELECT count(*) + \(report.unfinished) FROM catchment.raw_records"),
        ("bad_lines", "SELECT count(*) FROM dead_letters"),
        ("api_calls", "SELECT count(*) FROM messages WHERE role = 'assistant' AND \(Self.stated)"),
        ("tool_use_ids", "SELECT count(DISTINCT native_id) FROM tool_calls"),
        ("tool_result_ids", "SELECT count(*) FROM (\(Self.results))"),
      ]
      + Self.sums.map {
        ($0.key, "SELECT coalesce(sum(\($0.value)), 0)::BIGINT FROM messages")
      }
    for (metric, sql) in counts { #expect(try work.number(sql) == oracle[metric], "\(metric)") }
    let models = try work.texts(
      "SELECT DISTINCT model FROM messages WHERE model IS NOT NULL AND \(Self.stated) ORDER BY 1")
    #expect(models.compactMap(\.self) == (try oracle.list("models")).sorted())
  }

  @Test func `imports with all the others, and again without a change`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let report = try await work.importAll([Samples.path("claude_code")])
    #expect(report.records.isConserved)
    let lines = Oracle.all.compactMap { $0["lines"] }.reduce(0, +)
    #expect(report.records.read + report.unfinished == lines)
    #expect(report.unitsCommitted == Oracle.all.count)
    let before = try work.checksums()
    #expect(try await work.importAll([Samples.path("claude_code")]).records.read == 0)
    #expect(try work.checksums() == before)
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums() == before)
  }

  @Test func `adds up in every conversation's totals`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try await work.importAll([Samples.path("claude_code")])
    let wrong = try work.rows(
      """
      SELECT c.session_id FROM conversations c JOIN (
        SELECT conversation_id, count(*) AS messages, sum(input_tokens) AS input,
          sum(output_tokens) AS output, sum(cache_read_tokens) AS cache_read,
          sum(cache_write_tokens) AS cache_write
        FROM messages GROUP BY 1) m USING (conversation_id)
      WHERE c.total_messages <> m.messages OR c.total_input_tokens IS DISTINCT FROM m.input
        OR c.total_output_tokens IS DISTINCT FROM m.output
        OR c.total_cache_read_tokens IS DISTINCT FROM m.cache_read
        OR c.total_cache_write_tokens IS DISTINCT FROM m.cache_write
      """)
    #expect(wrong == [])
    #expect(
      try work.number(
        """
        SELECT count(*) FROM messages m ANTI JOIN conversations c USING (conversation_id)
        """) == 0)
  }
}
