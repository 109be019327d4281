import Catchment

extension StatsReport {
  static func tools(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT tool_name, calls, conversations, errors, error_rate, retries, without_result,
        median_ms, p95_ms,
        longest_ms
      FROM tool_stats ORDER BY calls DESC, tool_name
      """,
      [
        .init("Tool", "tool"), .init("Calls", "calls", .count),
        .init("Sessions", "conversations", .count), .init("Errors", "errors", .count),
        .init("Error rate", "error_rate", .percent),
        .init("Retries", "retries", .count), .init("No result", "without_result", .count),
        .init("Median", "median_ms", .milliseconds), .init("95 %", "p95_ms", .milliseconds),
        .init("Longest", "longest_ms", .milliseconds),
      ],
      "Counts over the table tool_calls. A retry repeats a call of its session that failed; times are of "
        + "calls whose duration is known.",
      among: calls(since))
  }

  static func slow(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT tool_name, t.duration_ms, duration_source, timestamp, coalesce(title, session_id),
        tool_input, tool_call_id, conversation_id
      FROM tool_calls t JOIN conversations USING (conversation_id)
      WHERE t.duration_ms IS NOT NULL ORDER BY t.duration_ms DESC, tool_call_id
      """,
      [
        .init("Tool", "tool"), .init("Took", "duration_ms", .milliseconds),
        .init("Known as", "duration_source"), .init("When", "timestamp", .minute),
        .init("Session", "conversation"), .init("Call", "tool_input"),
        .init("", "tool_call_id", .detail), .init("", "conversation_id", .detail),
      ],
      "The longest calls. Elapsed is from the call to its result, with any wait for a permission in it.",
      among: calls(since))
  }

  static func failing(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT tool_name, errors, calls, error_rate, conversations, last_seen, tool_input
      FROM failing_calls ORDER BY errors DESC, error_rate DESC, last_seen DESC
      """,
      [
        .init("Tool", "tool"), .init("Errors", "errors", .count), .init("Calls", "calls", .count),
        .init("Error rate", "error_rate", .percent),
        .init("Sessions", "conversations", .count), .init("Last", "last_seen", .minute),
        .init("Call", "tool_input"),
      ],
      "Calls of one tool with the same input count as one, in whatever session they were made.",
      among: calls(since))
  }

  static func errors(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT tool_name, errors, conversations, first_seen, last_seen, followed_by_success, pattern,
        fixed_by_input, example, example_tool_call_id
      FROM error_patterns ORDER BY errors DESC, tool_name, pattern
      """,
      [
        .init("Tool", "tool"), .init("Errors", "errors", .count),
        .init("Sessions", "conversations", .count), .init("First", "first_seen", .minute),
        .init("Last", "last_seen", .minute),
        .init("Got over", "followed_by_success", .count), .init("Error", "pattern"),
        .init("Next that worked", "fixed_by_input"), .init("", "example", .detail),
        .init("", "example_tool_call_id", .detail),
      ],
      "Failed calls with the same message but for paths, ids and numbers; the next call of the tool "
        + "in the conversation that did not fail, as it was for the last of them.",
      among: calls(since))
  }

  static func loops(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT tool_name, failures, first_seen, last_seen, coalesce(title, session_id), tool_input,
        conversation_id
      FROM failure_loops JOIN conversations USING (conversation_id)
      ORDER BY failures DESC, last_seen DESC
      """,
      [
        .init("Tool", "tool"), .init("Failures", "failures", .count),
        .init("First", "first_seen", .minute), .init("Last", "last_seen", .minute),
        .init("Session", "conversation"), .init("Call", "tool_input"),
        .init("", "conversation_id", .detail),
      ],
      "The same call of one conversation that failed three times or more with no success between.",
      among: calls(since))
  }

  /// The tool calls that count, in the place of all.
  private static func calls(_ since: Since?) -> [View] {
    guard let since else { return [] }
    return [
      View(
        "tool_calls", "The calls since then",
        "SELECT * FROM main.tool_calls WHERE \(since.condition(on: "timestamp"))")
    ]
  }
}
