internal import Catchment

/// What the tool calls tell: which are slow, which fail, and what helped.
enum ToolViews {
  static let all = [toolStats, toolErrors, errorPatterns, failureLoops, failingCalls]

  /// A call failed when the platform says so, or when it says nothing but an exit code other than 0.
  static let failed = "coalesce(is_error, exit_code <> 0, false)"

  /// A retry is a call that repeats one of its conversation that failed, with the same input.
  private static let toolStats = View(
    "tool_stats", "A tool with its calls, errors and durations",
    """
    SELECT tool_name, count(*) AS calls, count(DISTINCT conversation_id) AS conversations,
      count(*) FILTER (has_failed) AS errors, errors / calls AS error_rate,
      count(*) FILTER (repeats_failure) AS retries,
      count(*) FILTER (tool_output IS NULL) AS without_result,
      quantile_cont(duration_ms, 0.5) AS median_ms, quantile_cont(duration_ms, 0.95) AS p95_ms,
      max(duration_ms) AS longest_ms, sum(duration_ms)::BIGINT AS total_ms
    FROM (
      SELECT *, coalesce(lag(has_failed) OVER (
          PARTITION BY conversation_id, tool_name, call ORDER BY timestamp, tool_call_id), false)
        AS repeats_failure
      FROM (SELECT *, hash(tool_input) AS call, \(failed) AS has_failed FROM counted_tool_calls))
    GROUP BY 1
    """)

  /// The message is the first line that complains, else the first that says something; its pattern has
  /// no paths, ids or numbers.
  ///
  /// What fixed it is the next call of the same tool in the conversation that did not fail.
  private static let toolErrors = View(
    "tool_errors", "A tool call that failed, its message, and the next call that did not fail",
    """
    SELECT tool_call_id, conversation_id, tool_name, timestamp, tool_input, message,
      \(pattern("message")) AS pattern, fix.id AS fixed_by_tool_call_id, fix.input AS fixed_by_input
    FROM (
      SELECT *, first_value(CASE WHEN NOT has_failed THEN
          {'id': tool_call_id, 'input': tool_input} END IGNORE NULLS) OVER (
          PARTITION BY conversation_id, tool_name ORDER BY timestamp, tool_call_id
          ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS fix
      FROM (
        SELECT tool_call_id, conversation_id, tool_name, timestamp, tool_input,
          \(failed) AS has_failed,
          CASE WHEN has_failed THEN \(message) END AS message
        FROM counted_tool_calls WHERE tool_output IS NOT NULL))
    WHERE has_failed
    """)

  private static let errorPatterns = View(
    "error_patterns", "A kind of error of a tool: how often, when, an example and what fixed it",
    """
    SELECT tool_name, pattern, count(*) AS errors,
      count(DISTINCT conversation_id) AS conversations, min(timestamp) AS first_seen,
      max(timestamp) AS last_seen, arg_max(message, timestamp) AS example,
      arg_max(tool_call_id, timestamp) AS example_tool_call_id,
      count(fixed_by_tool_call_id) AS followed_by_success,
      arg_max(fixed_by_input, timestamp) AS fixed_by_input
    FROM tool_errors GROUP BY 1, 2
    """)

  private static let failureLoops = View(
    "failure_loops", "The same call of a conversation that failed three times or more in a row",
    """
    SELECT conversation_id, tool_name, any_value(tool_input) AS tool_input, count(*) AS failures,
      min(timestamp) AS first_seen, max(timestamp) AS last_seen
    FROM (
      SELECT *, count(*) FILTER (NOT has_failed) OVER (
          PARTITION BY conversation_id, tool_name, call ORDER BY timestamp, tool_call_id)
        AS successes
      FROM (
        SELECT *, hash(tool_input) AS call, \(failed) AS has_failed FROM counted_tool_calls))
    WHERE has_failed GROUP BY conversation_id, tool_name, call, successes HAVING count(*) >= 3
    """)

  private static let failingCalls = View(
    "failing_calls", "The same call, wherever it was made: how often, and how often it failed",
    """
    SELECT tool_name, any_value(tool_input) AS tool_input, count(*) AS calls,
      count(*) FILTER (\(failed)) AS errors, errors / calls AS error_rate,
      count(DISTINCT conversation_id) AS conversations, max(timestamp) AS last_seen
    FROM tool_calls GROUP BY tool_name, hash(tool_input) HAVING errors > 0
    """)

  /// Output is a text or a list of blocks.
  private static let message = """
    left(trim(coalesce(nullif(regexp_extract(\(output), \(SQL.literal(complaint))), ''),
      regexp_extract(\(output), '[^\\n]*\\S[^\\n]*'))), 300)
    """

  private static let output = #"""
    regexp_replace(coalesce(CASE json_type(tool_output) WHEN 'VARCHAR' THEN tool_output->>'$'
      WHEN 'ARRAY' THEN tool_output->>'$[0].text' END, ''),
      '^\s*(<tool_use_error>|Exit code [0-9]+\s|Error:\s)*', '')
    """#

  private static let complaint =
    #"(?i)[^\n]*(error|exception|fatal|fail|panic|denied|cannot|can't|not found|no such|invalid)[^\n]*"#

  private static func pattern(_ text: String) -> String {
    let rules: [(String, String)] = [
      (#"</?tool_use_error>"#, ""),
      (#"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"#, "<id>"),
      (#"([A-Za-z]:)?[\w.~-]*([/\\][\w.@~+-]+)+/?"#, "<path>"),
      (#"\b0x[0-9a-fA-F]+\b|\b[0-9a-fA-F]*[0-9][0-9a-fA-F]{11,}\b"#, "<hex>"),
      (#"[0-9]+([.,:][0-9]+)*"#, "<n>"),
      (#"\s+"#, " "),
    ]
    return rules.reduce(text) { inner, rule in
      "regexp_replace(\(inner), \(SQL.literal(rule.0)), \(SQL.literal(rule.1)), 'g')"
    }
  }
}
