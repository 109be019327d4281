import ArgumentParser

/// A question that `stats` answers: its SQL, what its columns are called, and how it counts.
struct StatsQuery {
  enum Grouping: String, CaseIterable, ExpressibleByArgument {
    case platform, project, model, tool, day
  }

  let sql: String
  let columns: [Listing.Column]
  /// One line that says how the figures come about.
  let basis: String

  init(_ grouping: Grouping) {
    switch grouping {
    case .platform: self = .conversations("platform", "Platform")
    case .project: self = .conversations("workspace_path", "Project")
    case .model: self = .byModel
    case .day: self = .byDay
    case .tool: self = .byTool
    }
  }

  private init(_ sql: String, _ columns: [Listing.Column], _ basis: String) {
    self.sql = sql
    self.columns = columns
    self.basis = basis
  }

  private static let figures: [Listing.Column] = [
    .init("Sessions", "conversations", .count), .init("Messages", "messages", .count),
    .init("Tool calls", "tool_calls", .count), .init("Input", "input_tokens", .count),
    .init("Output", "output_tokens", .count), .init("Cache read", "cache_read_tokens", .count),
    .init("Cache write", "cache_write_tokens", .count), .init("Known cost", "cost", .money),
  ]

  private static func conversations(_ column: String, _ heading: String) -> StatsQuery {
    StatsQuery(
      """
      SELECT \(column), count(*), sum(total_messages), sum(total_tool_calls),
        sum(total_input_tokens), sum(total_output_tokens), sum(total_cache_read_tokens),
        sum(total_cache_write_tokens), sum(total_cost)
      FROM main.conversations GROUP BY 1 ORDER BY 2 DESC, 1
      """,
      [.init(heading, column == "platform" ? column : "project")] + figures,
      "Sums over the table conversations. Tokens are those of the responses, each counted once; "
        + "a blank is unknown.")
  }

  private static let tokenSums = """
    sum(m.input_tokens), sum(m.output_tokens), sum(m.cache_read_tokens),
    sum(m.cache_write_tokens), sum(m.cost)
    """

  /// Tool calls are counted per message first: joined row by row, they would multiply the tokens.
  private static let messages = """
    FROM main.messages m LEFT JOIN (
      SELECT message_id, count(*) AS calls FROM main.tool_calls GROUP BY 1) t USING (message_id)
    """

  private static let byModel = StatsQuery(
    """
    SELECT m.model, count(DISTINCT m.conversation_id), count(*), coalesce(sum(t.calls), 0),
      \(tokenSums)
    \(messages) WHERE m.model IS NOT NULL GROUP BY 1 ORDER BY 3 DESC, 1
    """,
    [.init("Model", "model")] + figures,
    "Sums over the responses in the table messages, each counted once; a blank is unknown.")

  private static let byDay = StatsQuery(
    """
    SELECT make_timestamp(epoch_us(m.timestamp))::DATE, count(DISTINCT m.conversation_id),
      count(*), coalesce(sum(t.calls), 0), \(tokenSums)
    \(messages) GROUP BY 1 ORDER BY 1
    """,
    [.init("Day (UTC)", "day")] + figures,
    "Sums over the table messages by the day of each in UTC; a blank is unknown.")

  private static let byTool = StatsQuery(
    """
    SELECT tool_name, count(*), count(DISTINCT conversation_id),
      count(*) FILTER (is_error), count(*) FILTER (tool_output IS NULL),
      median(duration_ms), max(duration_ms)
    FROM main.tool_calls GROUP BY 1 ORDER BY 2 DESC, 1
    """,
    [
      .init("Tool", "tool"), .init("Calls", "calls", .count),
      .init("Sessions", "conversations", .count), .init("Errors", "errors", .count),
      .init("No result", "without_result", .count),
      .init("Median", "median_ms", .milliseconds), .init("Longest", "longest_ms", .milliseconds),
    ],
    "Counts over the table tool_calls; times are of calls whose duration is known.")
}
