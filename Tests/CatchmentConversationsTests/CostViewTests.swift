import Catchment
import CatchmentConversations
import DuckDB
import Testing

@Suite struct `What conversations cost` {
  private let connection: Connection

  init() throws {
    connection = try Database().connect()
    for table in ConversationTables.all {
      let columns = table.columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      try connection.execute("CREATE TABLE \(table.name) (\(columns))")
    }
    try connection.execute(
      "CREATE TABLE conversation_duplicates (duplicate_id UUID, is_set_aside BOOLEAN)")
  }

  private func texts(_ query: String, prices: PriceTable = .shipped) throws -> [String] {
    let views = ConversationViews.all(prices: prices).asCommonTables
    return try connection.query("\(views)\n\(query)").rows()
      .map { row in row.map { $0.isNull ? "NULL" : $0.description }.joined(separator: " ") }
  }

  /// Adds a response with its input, output and cache tokens.
  private func respond(
    _ model: String, on day: String = "2026-11-20", input: String = "1000000",
    output: String = "0", read: String = "NULL", write: String = "NULL", hour: String = "NULL",
    cost: String = "NULL", in conversation: Int = 1
  ) throws {
    try connection.execute(
      """
      INSERT INTO messages (message_id, conversation_id, kind, model, timestamp, input_tokens,
        output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, cost)
      SELECT uuid(), \(id(conversation)), 'response', '\(model)',
        '\(day) 12:00:00+00'::TIMESTAMPTZ, \(input), \(output), \(read), \(write), \(hour), \(cost)
      """)
  }

  private func id(_ number: Int) -> String {
    "'00000000-0000-4000-8000-00000000000\(number)'::UUID"
  }

  private func converse(
    _ number: Int, under parent: Int? = nil, stated: String = "NULL",
    platform: String = "claude_code"
  ) throws {
    try connection.execute(
      """
      INSERT INTO conversations (conversation_id, platform, parent_conversation_id, is_sidechain,
        total_cost, cost_source, total_messages)
      SELECT \(id(number)), '\(platform)', \(parent.map(id) ?? "NULL"), \(parent != nil), \(stated),
        CASE WHEN \(stated) IS NULL THEN 'unknown' ELSE 'reported' END, 1
      """)
  }

  @Test(arguments: [
    ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
    ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
    ("us.anthropic.claude-sonnet-4-5-20250929", "us.anthropic.claude-sonnet-4-5-20250929"),
    ("copilot/claude-sonnet-4.5", "claude-sonnet-4-5"),
    ("claude-4.5-sonnet-thinking", "claude-sonnet-4-5"),
    ("claude-sonnet-3.5", "claude-3-5-sonnet"), ("claude-3-5-sonnet-latest", "claude-3-5-sonnet"),
    ("claude-opus-4-1-20250805", "claude-opus-4-1"),
    ("claude-sonnet-4@20250514", "claude-sonnet-4"),
    ("openrouter/openai/gpt-5.4", "gpt-5.4"), ("azure/gpt-4o-2024-11-20", "gpt-4o"),
    ("gpt-5-high", "gpt-5"), ("models/gemini-2.5-pro", "gemini-2.5-pro"),
    ("claude-opus-4-6[1m]", "claude-opus-4-6"),
    ("copilot/auto", "NULL"), ("<synthetic>", "NULL"), ("azure/eu/gpt-4o", "NULL"),
  ])
  func `a model is found under its many names`(name: String, priced: String) throws {
    try respond(name)
    #expect(try texts("SELECT priced_as FROM model_names") == [priced])
  }

  @Test func `an unknown model has no cost, and a reported one stays`() throws {
    try respond("beans-1")
    try respond("claude-sonnet-4-5", cost: "0.25")
    try respond("claude-sonnet-4-5", cost: "0")
    try respond("claude-sonnet-4-5", output: "NULL")
    #expect(
      try texts("SELECT cost_source, cost FROM message_costs ORDER BY ALL") == [
        "reported 0.0", "reported 0.25", "unknown NULL", "unknown NULL",
      ])
  }

  @Test func `each kind of token has its price`() throws {
    try respond(
      "claude-sonnet-4-5", input: "1000", output: "100", read: "10000", write: "5000", hour: "2000")
    // 1000 × 3 + 100 × 15 + 10000 × 0.3 + 3000 × 3.75 + 2000 × 6, for a million.
    #expect(try texts("SELECT round(cost * 1e6)::INTEGER FROM message_costs") == ["30750"])
  }

  @Test func `a request above the limit has the higher price for all its tokens`() throws {
    try respond("gemini-2.5-pro", input: "200000", output: "1000")
    try respond("gemini-2.5-pro", input: "1", output: "1000", read: "200000")
    #expect(
      try texts(
        "SELECT price_above_tokens, round(cost * 1e6)::INTEGER FROM message_costs ORDER BY ALL")
        == ["0 260000", "200000 65003"])
  }

  @Test func `a price holds from the day that it was stated, the first also before`() throws {
    for day in ["2026-07-01", "2026-09-01", "2026-11-02"] {
      try respond("gpt-5.6-sol", on: day, input: "1000", output: "0")
    }
    #expect(
      try texts(
        "SELECT price_stated_on, round(cost * 1e6)::INTEGER FROM message_costs ORDER BY ALL")
        == ["2026-08-01 5000", "2026-08-01 5000", "2026-11-01 4000"])
  }

  @Test func `a sub-agent's cost is its parent's too, at any depth`() throws {
    try converse(1)
    try converse(2, under: 1)
    try converse(3, under: 2)
    for number in 1...3 { try respond("claude-sonnet-4-5", input: "\(number)000000", in: number) }
    #expect(
      try texts(
        """
        SELECT round(cost), subagents, round(subagent_cost), round(cost_with_subagents)
        FROM conversation_costs ORDER BY conversation_id
        """) == ["3.0 2 15.0 18.0", "6.0 1 9.0 15.0", "9.0 0 NULL 9.0"])
  }

  @Test func `a session's stated total is kept, and has its sub-agents in it`() throws {
    try converse(1, stated: "50")
    try converse(2, under: 1)
    try respond("claude-sonnet-4-5", in: 1)
    try respond("claude-sonnet-4-5", in: 2)
    #expect(
      try texts(
        """
        SELECT cost, cost_source, cost_with_subagents, is_covered_by_parent
        FROM conversation_costs ORDER BY conversation_id
        """) == ["50.0 reported 50.0 false", "3.0 computed 3.0 true"])
    #expect(try texts("SELECT sum(cost) FROM conversation_usage") == ["50.0"])
  }

  @Test func `own prices replace a model's shipped ones`() throws {
    let own = try PriceTable(
      csv: "model,output,input\n# ours\ngemini-2.5-pro,0,7\n", path: "own.csv")
    try respond("gemini-2.5-pro", input: "500000")
    let cost = try texts(
      "SELECT cost FROM message_costs", prices: PriceTable.shipped.overridden(by: own))
    #expect(cost == ["3.5"])
  }

  @Test(arguments: [
    "model,input\nx,1", "model,input,output\nx,1", "model,input,output\n,1,2",
    "model,input,output\nx,-1,2", "model,input,output\nx,nan,2",
    "model,input,output,stated_on\nx,1,2,soon", "model,input,output,above_tokens\nx,1,2,many",
  ])
  func `refuses prices that are none`(text: String) {
    #expect(throws: CatchmentError.self) { try PriceTable(csv: text, path: "own.csv") }
  }
}
