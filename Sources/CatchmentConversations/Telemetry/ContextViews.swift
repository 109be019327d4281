internal import Catchment

/// How full conversations grow, and what their sub-agents do.
enum ContextViews {
  static let all = [contextGrowth, subagentCosts]

  /// The context of a response is all that was read for it: input, and what the cache gave and took.
  private static let contextGrowth = View(
    "context_growth", "A conversation's context in tokens: first, largest, last; its compactions",
    """
    SELECT conversation_id, arg_min(context, sequence_number) AS first_tokens,
      max(context) AS largest_tokens, arg_max(context, sequence_number) AS last_tokens,
      count(context) AS responses,
      list(context ORDER BY sequence_number) FILTER (context IS NOT NULL) AS contexts,
      count(*) FILTER (kind = 'compact_boundary') AS compactions
    FROM (
      SELECT conversation_id, sequence_number, kind,
        CASE WHEN kind = 'response' THEN input_tokens + coalesce(cache_read_tokens, 0)
          + coalesce(cache_write_tokens, 0) END AS context
      FROM messages WHERE conversation_id NOT IN \(DuplicateViews.setAside))
    GROUP BY 1 HAVING count(context) > 0
    """)

  private static let subagentCosts = View(
    "subagent_costs", "A conversation that started sub-agents: its cost and theirs",
    """
    SELECT c.conversation_id, c.title, c.workspace_path, c.updated_at, k.subagents,
      k.cost AS stated_or_own_cost, k.subagent_cost, k.cost_with_subagents, k.cost_source,
      k.subagent_cost / nullif(k.cost_with_subagents, 0) AS subagent_share
    FROM counted_conversations c JOIN conversation_costs k USING (conversation_id)
    WHERE k.subagents > 0 AND NOT coalesce(c.is_sidechain, false)
    """)
}
