import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

@Suite(.enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"))
struct `A sample of Codex` {
  /// Results that no call is known for stay in their message as they were written.
  private static let results = """
    SELECT DISTINCT native_id FROM tool_calls WHERE result_message_id IS NOT NULL
    UNION
    SELECT DISTINCT block->>'call_id'
    FROM (SELECT unnest(from_json(content, '["JSON"]')) AS block FROM messages)
    WHERE block->>'type' LIKE '%_call_output'
    """

  /// Where the oracle's plain reader did not look, by the end of a file's name and the metric.
  ///
  /// - It counts nothing of the event stream that `codex exec --json` prints: these three files hold
  ///   one `command_execution` each, with its output.
  /// - The items of `simple_session.jsonl` have no `type`; it has one call (`"name":"shell"`,
  ///   `"call_id":"call_001"`) and its output.
  private static let corrections = [
    "stream-output-2.jsonl tool_call_ids": 1, "stream-output-4.jsonl tool_call_ids": 1,
    "stream-output-5.jsonl tool_call_ids": 1, "simple_session.jsonl tool_call_ids": 1,
    "simple_session.jsonl tool_output_ids": 1,
  ]

  /// The models that answered, where these are not those that turns were begun with.
  ///
  /// - `simple_session.jsonl` names its model in the items, and has no `turn_context`.
  /// - The first rollout of 2026-09-20 was switched to `gpt-5.6-sol` for a turn that was interrupted
  ///   before the model said anything.
  /// - `turn-context.jsonl` is a lone `turn_context`.
  private static let answering = [
    "simple_session.jsonl": ["gpt-4"],
    "rollout-2026-09-20T10-00-00-01900000-0000-7000-8000-000000000001.jsonl": ["gpt-6-astra"],
    "turn-context.jsonl": [],
  ]

  @Test(arguments: Oracle.of("codex"))
  func `comes to the counts of the oracle`(oracle: Oracle) async throws {
    let work = try Workspace(CodexSource())
    let report = try await work.importAll([Samples.path(oracle.file)])
    #expect(report.records.isConserved)
    #expect(report.unitsCommitted == 1)
    #expect(
      try work.texts(
        "SELECT DISTINCT issue_message FROM catchment.raw_records WHERE issue IS NOT NULL")
        == [])
    let counts: [(String, String)] = [
      ("lines", "SELECT count(*) + \(report.unfinished) FROM catchment.raw_records"),
      ("bad_lines", "SELECT count(*) FROM dead_letters"),
      ("tool_call_ids", "SELECT count(DISTINCT native_id) FROM tool_calls"),
      ("tool_output_ids", "SELECT count(*) FROM (\(Self.results))"),
    ]
    let name = oracle.file.split(separator: "/").last.map(String.init) ?? ""
    for (metric, sql) in counts {
      let expected = Self.corrections["\(name) \(metric)"] ?? oracle[metric]
      #expect(try work.number(sql) == expected, "\(metric)")
    }
    let session = try work.texts("SELECT session_id FROM conversations")
    if let id = oracle.text("first_session_meta_id"), !id.isEmpty, !session.isEmpty {
      #expect(session == [id])
    }
    let models = try work.texts(
      "SELECT DISTINCT model FROM messages WHERE model IS NOT NULL ORDER BY 1")
    let expected = try Self.answering[name] ?? oracle.list("models").sorted()
    #expect(models.compactMap(\.self) == expected)
    try expectTokens(oracle, work)
  }

  private func expectTokens(_ oracle: Oracle, _ work: Workspace) throws {
    guard
      let sums = try oracle.counts("sum_token_usage_record")
        ?? oracle.counts("sum_last_token_usage_deduped")
    else { return }
    let columns = [
      "input_tokens": "sum(input_tokens) + sum(cache_read_tokens)",
      "cached_input_tokens": "sum(cache_read_tokens)", "output_tokens": "sum(output_tokens)",
      "reasoning_output_tokens": "sum(reasoning_tokens)",
    ]
    // The counter begins anew after some events, so it says no more than the sum.
    let counter = try oracle.counts("final_total_token_usage") ?? [:]
    for (metric, sum) in columns {
      let counted = try work.number("SELECT coalesce(\(sum), 0)::BIGINT FROM messages")
      #expect(counted == sums[metric, default: 0], "\(metric)")
      #expect(counted >= counter[metric, default: 0], "\(metric)")
    }
  }
}
