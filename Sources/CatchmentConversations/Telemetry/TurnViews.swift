internal import Catchment

/// What became of each thing that a person asked.
enum TurnViews {
  static let all = [interruptions, turns, interruptedTurns, modelComparison]

  /// How each platform marks that a person stopped the model.
  ///
  /// Claude Code and Codex write a message, Codex and Copilot a reason at the response that was cut,
  /// Cline and its kin a reason among the request's facts.
  private static let interruptions = View(
    "interruptions", "A mark that a person stopped the model",
    """
    SELECT m.message_id, m.conversation_id, m.sequence_number, m.timestamp,
      CASE WHEN m.kind = 'interruption' THEN 'message'
        WHEN c.platform IN ('cline', 'roo_code', 'kilo_code')
          THEN CASE WHEN m.metadata->>'cancel_reason' = 'user_cancelled' THEN 'user_cancelled' END
        WHEN m.role = 'assistant' AND (
            c.platform = 'codex' AND m.stop_reason IN ('interrupted', 'replaced')
            OR c.platform = 'copilot' AND m.stop_reason <> 'error'
            OR lower(m.stop_reason) IN ('interrupted', 'aborted', 'cancelled', 'canceled'))
          THEN m.stop_reason END AS mark
    FROM messages m JOIN conversations c USING (conversation_id) WHERE mark IS NOT NULL
    """)

  /// Turns of several models have none: what each of them did cannot be told apart.
  private static let turns = View(
    "turns", "A prompt of a person and all that followed until the next: kind of work, size, cost",
    """
    SELECT conversation_id, turn, any_value(platform) AS platform,
      any_value(workspace_path) AS workspace_path, min(timestamp) AS started_at,
      max(timestamp) AS ended_at, any_value(message_id) FILTER (is_turn) AS prompt_message_id,
      CASE WHEN count(DISTINCT model) = 1 THEN any_value(model) END AS model,
      CASE WHEN sum(edits) > 0 THEN 'change' WHEN sum(commands) > 0 THEN 'run'
        WHEN sum(calls) > 0 THEN 'look' ELSE 'talk' END AS work,
      count(*) FILTER (kind = 'response') AS responses,
      coalesce(sum(calls), 0)::BIGINT AS tool_calls, coalesce(sum(errors), 0)::BIGINT AS tool_errors,
      sum(active_ms)::BIGINT AS active_ms, sum(input_tokens)::BIGINT AS input_tokens,
      sum(output_tokens)::BIGINT AS output_tokens,
      sum(cache_read_tokens)::BIGINT AS cache_read_tokens,
      sum(cache_write_tokens)::BIGINT AS cache_write_tokens,
      CASE WHEN count(*) FILTER (cost_source = 'unknown') = 0 THEN sum(cost) END AS cost,
      count(mark) > 0 AS is_interrupted
    FROM (
      SELECT u.*, t.calls, t.errors, t.edits, t.commands, i.mark,
        count(*) FILTER (u.is_turn) OVER (
          PARTITION BY u.conversation_id ORDER BY u.sequence_number) AS turn
      FROM message_usage u
      LEFT JOIN (
        SELECT message_id, count(*) AS calls, count(*) FILTER (\(ToolViews.failed)) AS errors,
          count(*) FILTER (\(ToolKinds.edits)) AS edits,
          count(*) FILTER (\(ToolKinds.commands)) AS commands
        FROM tool_calls GROUP BY 1) t USING (message_id)
      LEFT JOIN interruptions i USING (message_id))
    WHERE turn > 0 GROUP BY conversation_id, turn
    """)

  private static let interruptedTurns = View(
    "interrupted_turns",
    "A turn that a person stopped: when, how it is marked, what it had come to",
    """
    SELECT t.*, i.marked_at, i.mark, p.content AS prompt
    FROM turns t
    JOIN (
      SELECT conversation_id, turn, min(timestamp) AS marked_at,
        arg_min(mark, sequence_number) AS mark
      FROM (
        SELECT i.*, (SELECT count(*) FROM messages p
            JOIN conversations c ON c.conversation_id = p.conversation_id
            WHERE p.conversation_id = i.conversation_id AND p.kind = 'prompt'
              AND NOT coalesce(c.is_sidechain, false) AND p.sequence_number <= i.sequence_number
          ) AS turn
        FROM interruptions i)
      GROUP BY 1, 2) i USING (conversation_id, turn)
    LEFT JOIN messages p ON p.message_id = t.prompt_message_id
    WHERE t.is_interrupted
    """)

  private static let modelComparison = View(
    "model_comparison", "A model at one kind of work and size: turns, and what one of them takes",
    """
    SELECT *, count(*) OVER (PARTITION BY work, size) AS models,
      turns < 10 AS is_few
    FROM (
      SELECT work, CASE WHEN tool_calls = 0 THEN '0' WHEN tool_calls <= 3 THEN '1-3'
          WHEN tool_calls <= 10 THEN '4-10' WHEN tool_calls <= 30 THEN '11-30' ELSE '31+' END AS size,
        model, count(*) AS turns, count(DISTINCT conversation_id) AS conversations,
        count(DISTINCT workspace_path) AS projects, min(tool_calls) AS least_calls,
        median(output_tokens) AS output_tokens,
        median(input_tokens + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0))
          AS read_tokens,
        median(cost) AS cost, count(cost) AS priced_turns, median(active_ms) AS active_ms,
        sum(tool_errors) / nullif(sum(tool_calls), 0) AS error_rate,
        count(*) FILTER (is_interrupted) / count(*) AS interrupted_share
      FROM turns WHERE model IS NOT NULL AND responses > 0 GROUP BY ALL)
    """)
}
