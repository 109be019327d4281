import ArgumentParser

/// What usage is counted by.
enum UsageGrouping: String, CaseIterable {
  case platform, machine, project, branch, model, tool, day

  /// The column of `message_usage` and `conversation_usage`.
  fileprivate var column: String {
    switch self {
    case .project: "workspace_path"
    case .branch: "git_branch"
    default: rawValue
    }
  }

  fileprivate var heading: Listing.Column {
    switch self {
    case .day: .init("Day (UTC)", "day")
    default: .init(rawValue.prefix(1).uppercased() + rawValue.dropFirst(), rawValue)
    }
  }
}

/// One or several, such as `day,model`; a tool stands alone.
struct UsageGroupings: ExpressibleByArgument {
  let all: [UsageGrouping]

  init?(argument: String) {
    let names = argument.split(separator: ",", omittingEmptySubsequences: false)
    let found = names.compactMap { UsageGrouping(rawValue: String($0)) }
    guard found.count == names.count, Set(found).count == found.count,
      found.count == 1 || !found.contains(.tool)
    else { return nil }
    all = found
  }

  static var allValueStrings: [String] { UsageGrouping.allCases.map(\.rawValue) }
}

extension StatsReport {
  static func usage(by groupings: [UsageGrouping], _ since: Since?) -> StatsReport {
    switch groupings {
    case [], [.tool]: conversations(by: .platform, since)
    case [.platform], [.machine], [.project], [.branch]: conversations(by: groupings[0], since)
    default: messages(by: groupings, since)
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

  private static let costBar = Listing.Column("▇ cost", "", .bar)

  private static func conversations(by grouping: UsageGrouping, _ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT \(grouping.column), count(*), sum(turns)::BIGINT, sum(active_ms)::BIGINT,
        sum(messages)::BIGINT, sum(tool_calls)::BIGINT, \(tokens),
        sum(unpriced_responses)::BIGINT, sum(cost)
      FROM conversation_usage WHERE \(since?.condition(on: "updated_at") ?? "true")
      GROUP BY 1 ORDER BY 2 DESC, 1
      """,
      [grouping.heading] + figures + [costBar],
      "Sums over conversation_usage, each conversation as a whole. \(costBasis)")
  }

  /// Messages that are no responses have no model: by model, there are no turns and no active time.
  ///
  /// Tool calls are counted per message first: joined row by row, they would multiply the tokens.
  private static func messages(by groupings: [UsageGrouping], _ since: Since?) -> StatsReport {
    let isByModel = groupings.contains(.model)
    let own = isByModel ? figures.filter { $0.key != "turns" && $0.key != "active_ms" } : figures
    let turns = isByModel ? "" : "count(*) FILTER (is_turn), sum(active_ms)::BIGINT,"
    let order =
      groupings == [.model]
      ? "count(*) DESC, 1" : groupings.indices.map { "\($0 + 1)" }.joined(separator: ", ")
    let drawn = isByModel ? allTokens : "sum(cost)"
    return StatsReport(
      """
      SELECT \(groupings.map(\.column).joined(separator: ", ")), count(DISTINCT conversation_id),
        \(turns) count(*), coalesce(sum(calls), 0)::BIGINT, \(tokens),
        count(*) FILTER (cost_source = 'unknown'), \(drawn)
      FROM message_usage LEFT JOIN (
        SELECT message_id, count(*) AS calls FROM tool_calls GROUP BY 1) t USING (message_id)
      WHERE \(isByModel ? "model IS NOT NULL AND " : "")\(since?.condition(on: "timestamp") ?? "true")
      GROUP BY \(groupings.indices.map { "\($0 + 1)" }.joined(separator: ", ")) ORDER BY \(order)
      """,
      groupings.map(\.heading) + own + [isByModel ? .init("▇ tokens", "", .bar) : costBar],
      isByModel
        ? "Sums over the responses in message_usage, each counted once. \(costBasis)"
        : "Sums over message_usage by the day of each message in UTC. \(costBasis)")
  }

  private static let allTokens = """
    sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0) + coalesce(cache_read_tokens, 0)
      + coalesce(cache_write_tokens, 0))::BIGINT
    """
}
