internal import Catchment
internal import JSONTape

/// What the tokens cost: reported where the platform says so, else computed from the price table.
enum CostViews {
  static func all(_ prices: PriceTable) -> [View] {
    [modelPrices(prices), ModelNames.view, messageCosts, conversationCosts]
  }

  /// Of several days on which a model's prices were stated, each holds until the next; the first also
  /// holds before.
  ///
  /// The table stands in the view as one text of JSON: every question to a view that is built upon
  /// this one makes the engine read it anew, and hundreds of rows of expressions take it milliseconds.
  private static func modelPrices(_ table: PriceTable) -> View {
    let priceFields = PriceTable.priceColumns.enumerated().map { place, column in
      "row[\(place + 4)]::DOUBLE AS \(column)"
    }
    return View(
      "model_prices",
      "A list price in US dollars for a million tokens, the days it holds and the requests",
      """
      SELECT model, stated_on,
        CASE WHEN dense_rank() OVER days = 1 THEN DATE '0001-01-01' ELSE stated_on END AS holds_from,
        coalesce(first_value(stated_on) OVER (days GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING),
          DATE '9999-12-31') AS holds_until,
        above_tokens,
        lead(above_tokens, 1, 9007199254740992) OVER (
          PARTITION BY model, stated_on ORDER BY above_tokens) AS up_to_tokens,
        \(PriceTable.priceColumns.joined(separator: ", ")), source
      FROM (
        SELECT row[1] AS model, row[2]::DATE AS stated_on, row[3]::BIGINT AS above_tokens,
          \(priceFields.joined(separator: ", ")), row[\(priceFields.count + 4)] AS source
        FROM (SELECT unnest(from_json(\(SQL.literal(table.json)), '[["VARCHAR"]]')) AS row))
      WINDOW days AS (PARTITION BY model ORDER BY stated_on NULLS FIRST)
      """)
  }

  /// The longest price band that a request reaches is that of all its tokens.
  private static let messageCosts = View(
    "message_costs", "A response, what it cost in US dollars, and how that is known",
    """
    SELECT message_id, conversation_id, model, priced_as,
      coalesce(reported, computed) AS cost,
      CASE WHEN reported IS NOT NULL THEN 'reported'
        WHEN computed IS NOT NULL THEN 'computed' ELSE 'unknown' END AS cost_source,
      price_stated_on, price_above_tokens
    FROM (
      SELECT m.message_id, m.conversation_id, m.model, m.priced_as, m.cost AS reported,
        p.stated_on AS price_stated_on, p.above_tokens AS price_above_tokens,
        (m.input_tokens * p.input + m.output_tokens * p.output
          + m.read_tokens * coalesce(p.cache_read, p.input)
          + (m.write_tokens - m.hour_tokens) * coalesce(p.cache_write, p.input)
          + m.hour_tokens * coalesce(p.cache_write_1h, p.cache_write, p.input)) / 1e6 AS computed
      FROM (
        SELECT message_id, conversation_id, messages.model, priced_as, cost, input_tokens,
          output_tokens, coalesce(cache_read_tokens, 0) AS read_tokens,
          coalesce(cache_write_tokens, 0) AS write_tokens,
          least(coalesce(cache_write_1h_tokens, 0), write_tokens) AS hour_tokens,
          greatest(input_tokens + read_tokens + write_tokens, 1) AS context_tokens,
          coalesce(make_timestamp(epoch_us(timestamp))::DATE, DATE '9999-12-30') AS day
        FROM messages LEFT JOIN model_names ON model_names.model = messages.model
        WHERE kind = 'response' OR cost IS NOT NULL) m
      LEFT JOIN model_prices p ON p.model = m.priced_as
        AND m.day >= p.holds_from AND m.day < p.holds_until
        AND m.context_tokens > p.above_tokens AND m.context_tokens <= p.up_to_tokens)
    """)

  /// A stated total is told from a sum over the messages by its not being that sum.
  ///
  /// Claude Code's covers the sub-agents.
  private static let conversationCosts = View(
    "conversation_costs", "A conversation, what it cost alone and with its sub-agents",
    """
    WITH RECURSIVE started(ancestor_id, conversation_id) AS (
      SELECT parent_conversation_id, conversation_id FROM conversations
      WHERE is_sidechain AND parent_conversation_id IS NOT NULL
      UNION
      SELECT s.ancestor_id, c.conversation_id
      FROM started s JOIN conversations c
        ON c.parent_conversation_id = s.conversation_id AND c.is_sidechain),
    responses AS (
      SELECT conversation_id, sum(cost) AS cost,
        sum(cost) FILTER (cost_source = 'reported') AS reported,
        count(*) FILTER (cost_source = 'computed') AS computed_responses,
        count(*) FILTER (cost_source = 'unknown') AS unpriced_responses
      FROM message_costs GROUP BY 1),
    own AS (
      SELECT c.conversation_id,
        coalesce(c.cost_source = 'reported'
          AND (r.reported IS NULL OR abs(c.total_cost - r.reported) > 1e-9), false) AS is_stated,
        is_stated AND c.platform = 'claude_code' AS covers_subagents,
        CASE WHEN is_stated THEN c.total_cost ELSE r.cost END AS cost,
        CASE WHEN is_stated THEN 'reported' WHEN r.cost IS NULL THEN 'unknown'
          WHEN r.computed_responses > 0 THEN 'computed' ELSE 'reported' END AS cost_source,
        CASE WHEN is_stated THEN 0 ELSE coalesce(r.unpriced_responses, 0) END AS unpriced_responses
      FROM conversations c LEFT JOIN responses r USING (conversation_id)),
    subagents AS (
      SELECT s.ancestor_id AS conversation_id, count(*) AS subagents, sum(o.cost) AS subagent_cost,
        sum(o.unpriced_responses) AS unpriced_responses
      FROM started s JOIN own o USING (conversation_id) GROUP BY 1),
    covered AS (
      SELECT DISTINCT s.conversation_id
      FROM started s JOIN own o ON o.conversation_id = s.ancestor_id WHERE o.covers_subagents)
    SELECT o.conversation_id, o.cost, o.cost_source, o.unpriced_responses,
      coalesce(s.subagents, 0) AS subagents, s.subagent_cost,
      coalesce(s.unpriced_responses, 0) AS unpriced_subagent_responses,
      CASE WHEN o.covers_subagents OR s.subagent_cost IS NULL THEN o.cost
        ELSE coalesce(o.cost, 0) + s.subagent_cost END AS cost_with_subagents,
      covered.conversation_id IS NOT NULL AS is_covered_by_parent
    FROM own o LEFT JOIN subagents s USING (conversation_id)
    LEFT JOIN covered USING (conversation_id)
    """)
}

extension PriceTable {
  /// A list of rows, each a list of texts: model, day, tokens, prices and source.
  fileprivate var json: String { "[\(rows.map(\.json).joined(separator: ",\n"))]" }
}

extension PriceTable.Row {
  fileprivate var json: String {
    let fields = [model, statedOn, String(aboveTokens)] + prices + [source]
    return "[\(fields.map { $0.map(JSONString.quoted) ?? "null" }.joined(separator: ","))]"
  }
}
