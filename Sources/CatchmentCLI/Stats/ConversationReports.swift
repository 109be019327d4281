extension StatsReport {
  static func context(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT coalesce(title, session_id), responses, first_tokens, largest_tokens, last_tokens,
        compactions, conversation_id, contexts
      FROM context_growth JOIN conversations USING (conversation_id)
      WHERE \(since?.condition(on: "updated_at") ?? "true")
      ORDER BY largest_tokens DESC, conversation_id
      """,
      [
        .init("Session", "conversation"), .init("Responses", "responses", .count),
        .init("First", "first_tokens", .count), .init("Largest", "largest_tokens", .count),
        .init("Last", "last_tokens", .count), .init("Compactions", "compactions", .count),
        .init("", "conversation_id", .detail), .init("▇ growth", "", .curve),
      ],
      "Tokens read for a response: input, and what the cache gave and took.")
  }

  static func subagents(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT coalesce(title, conversation_id::VARCHAR), subagents, subagent_cost,
        cost_with_subagents, subagent_share, conversation_id
      FROM subagent_costs WHERE \(since?.condition(on: "updated_at") ?? "true")
      ORDER BY subagent_cost DESC NULLS LAST, conversation_id
      """,
      [
        .init("Session", "conversation"), .init("Sub-agents", "subagents", .count),
        .init("Their cost", "subagent_cost", .money),
        .init("With the session", "cost_with_subagents", .money),
        .init("Share", "subagent_share", .percent), .init("", "conversation_id", .detail),
      ],
      "Costs of the sub-agents of a session, those of its sub-agents among them. A blank is unknown."
    )
  }
}
