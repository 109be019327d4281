import ArgumentParser

/// What usage is counted by.
enum UsageGrouping: String, CaseIterable, ExpressibleByArgument {
  case platform, project, branch, model, tool, day
}

extension StatsReport {
  static func usage(by grouping: UsageGrouping, _ since: Since?) -> StatsReport {
    switch grouping {
    case .platform, .tool: conversations("platform", .init("Platform", "platform"), since)
    case .project: conversations("workspace_path", .init("Project", "project"), since)
    case .branch: conversations("git_branch", .init("Branch", "branch"), since)
    case .model: byModel(since)
    case .day: byDay(since)
    }
  }

  private static let figures: [Listing.Column] = [
    .init("Sessions", "conversations", .count), .init("Turns", "turns", .count),
    .init("Active", "active_ms", .milliseconds), .init("Messages", "messages", .count),
    .init("Tool calls", "tool_calls", .count), .init("Input", "input_tokens", .count),
    .init("Output", "output_tokens", .count), .init("Cache read", "cache_read_tokens", .count),
    .init("Cache write", "cache_write_tokens", .count),
    .init("Cache hits", "cache_hit_rate", .percent), .init("Cost", "cost", .money),
    .init("Unpriced", "unpriced_responses", .exceptions),
  ]

  private static let tokens = """
    sum(input_tokens)::BIGINT, sum(output_tokens)::BIGINT, sum(cache_read_tokens)::BIGINT,
    sum(cache_write_tokens)::BIGINT,
    sum(cache_read_tokens) / nullif(sum(coalesce(input_tokens, 0)
      + coalesce(cache_read_tokens, 0) + coalesce(cache_write_tokens, 0)), 0), sum(cost)
    """

  private static let costBasis =
    "Cost is as reported, else computed from list prices; unpriced responses are not in it. "
    + "A blank is unknown."

  private static func conversations(
    _ column: String, _ heading: Listing.Column, _ since: Since?
  ) -> StatsReport {
    StatsReport(
      """
      SELECT \(column), count(*), sum(turns)::BIGINT, sum(active_ms)::BIGINT,
        sum(messages)::BIGINT, sum(tool_calls)::BIGINT, \(tokens),
        sum(unpriced_responses)::BIGINT
      FROM conversation_usage WHERE \(since?.condition(on: "updated_at") ?? "true")
      GROUP BY 1 ORDER BY 2 DESC, 1
      """,
      [heading] + figures,
      "Sums over conversation_usage, each conversation as a whole. \(costBasis)")
  }

  /// Tool calls are counted per message first: joined row by row, they would multiply the tokens.
  private static let messages = """
    FROM message_usage LEFT JOIN (
      SELECT message_id, count(*) AS calls FROM tool_calls GROUP BY 1) t USING (message_id)
    """

  private static let unpriced = "count(*) FILTER (cost_source = 'unknown')"

  private static func byModel(_ since: Since?) -> StatsReport {
    let own = figures.filter { $0.key != "turns" && $0.key != "active_ms" }
    return StatsReport(
      """
      SELECT model, count(DISTINCT conversation_id), count(*), coalesce(sum(calls), 0)::BIGINT,
        \(tokens), \(unpriced)
      \(messages) WHERE model IS NOT NULL AND \(since?.condition(on: "timestamp") ?? "true")
      GROUP BY 1 ORDER BY 3 DESC, 1
      """,
      [.init("Model", "model")] + own,
      "Sums over the responses in message_usage, each counted once. \(costBasis)")
  }

  private static func byDay(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT day, count(DISTINCT conversation_id), count(*) FILTER (is_turn),
        sum(active_ms)::BIGINT, count(*), coalesce(sum(calls), 0)::BIGINT, \(tokens), \(unpriced),
        sum(cost)
      \(messages) WHERE \(since?.condition(on: "timestamp") ?? "true") GROUP BY 1 ORDER BY 1
      """,
      [.init("Day (UTC)", "day")] + figures + [.init("", "", .bar)],
      "Sums over message_usage by the day of each message in UTC. \(costBasis)")
  }
}
