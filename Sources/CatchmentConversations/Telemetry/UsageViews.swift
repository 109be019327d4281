internal import Catchment

/// Who used what, when and at what cost.
enum UsageViews {
  static let all = [messageUsage, conversationUsage, dailyStats]

  /// Time counts as active when the next message comes within five minutes.
  ///
  /// A message of the same instant or an earlier one adds nothing.
  private static let messageUsage = View(
    "message_usage",
    "A message with the day (UTC) and project it belongs to, its tokens, cost and active time",
    """
    SELECT m.message_id, m.conversation_id, c.platform, c.machine, c.workspace_path, c.git_branch,
      m.model, m.sequence_number, m.timestamp, make_timestamp(epoch_us(m.timestamp))::DATE AS day, m.kind,
      coalesce(m.kind = 'prompt' AND NOT coalesce(c.is_sidechain, false), false) AS is_turn,
      CASE WHEN since_last_us BETWEEN 0 AND 300000000 THEN since_last_us // 1000 ELSE 0 END
        AS active_ms,
      m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens,
      m.reasoning_tokens, k.cost, k.cost_source
    FROM (
      SELECT *, epoch_us(timestamp) - lag(epoch_us(timestamp)) OVER (
        PARTITION BY conversation_id ORDER BY timestamp, sequence_number) AS since_last_us
      FROM messages) m
    JOIN counted_conversations c USING (conversation_id)
    LEFT JOIN message_costs k USING (message_id)
    """)

  /// A conversation that is only known by a summary was not used.
  private static let conversationUsage = View(
    "conversation_usage", "A conversation with its turns, active time, tokens and cost",
    """
    SELECT c.conversation_id, c.platform, c.machine, c.workspace_path, c.git_branch, c.model,
      c.is_sidechain, c.title, c.created_at, c.updated_at, coalesce(u.turns, 0) AS turns,
      coalesce(u.active_ms, 0) AS active_ms, c.total_messages AS messages,
      c.total_responses AS responses, c.total_tool_calls AS tool_calls,
      c.total_input_tokens AS input_tokens, c.total_output_tokens AS output_tokens,
      c.total_cache_read_tokens AS cache_read_tokens,
      c.total_cache_write_tokens AS cache_write_tokens,
      c.total_reasoning_tokens AS reasoning_tokens,
      CASE WHEN NOT k.is_covered_by_parent THEN k.cost END AS cost, k.cost_source,
      CASE WHEN k.is_covered_by_parent THEN 0 ELSE k.unpriced_responses END AS unpriced_responses
    FROM counted_conversations c
    LEFT JOIN (
      SELECT conversation_id, count(*) FILTER (is_turn) AS turns, sum(active_ms) AS active_ms
      FROM message_usage GROUP BY 1) u USING (conversation_id)
    LEFT JOIN conversation_costs k USING (conversation_id)
    WHERE c.total_messages > 0
    """)

  private static let dailyStats = View(
    "conversation_daily_stats",
    "A day (UTC), platform, project and model: conversations, messages, tokens, tool calls and cost",
    """
    SELECT u.day, u.platform, u.workspace_path, u.model,
      count(DISTINCT u.conversation_id) AS conversations, count(*) AS messages,
      count(*) FILTER (u.is_turn) AS turns, count(*) FILTER (u.kind = 'response') AS responses,
      coalesce(sum(t.calls), 0)::BIGINT AS tool_calls,
      coalesce(sum(t.errors), 0)::BIGINT AS tool_errors, sum(u.active_ms)::BIGINT AS active_ms,
      sum(u.input_tokens)::BIGINT AS input_tokens, sum(u.output_tokens)::BIGINT AS output_tokens,
      sum(u.cache_read_tokens)::BIGINT AS cache_read_tokens,
      sum(u.cache_write_tokens)::BIGINT AS cache_write_tokens, sum(u.cost) AS cost,
      count(*) FILTER (u.cost_source = 'unknown') AS unpriced_responses
    FROM message_usage u
    LEFT JOIN (
      SELECT message_id, count(*) AS calls, count(*) FILTER (is_error) AS errors
      FROM tool_calls GROUP BY 1) t USING (message_id)
    GROUP BY ALL
    """,
    keeping: .init(
      by: "day",
      groups: """
        SELECT conversation_id AS scope, make_timestamp(epoch_us(timestamp))::DATE AS day
        FROM messages
        """))
}
