internal import Catchment

/// How a model is called where it is used, and where it is priced.
enum ModelNames {
  /// The first of several spellings that has a price: as it is written, without its provider, put
  /// right, without its date, without the effort that was asked for.
  static let view = View(
    "model_names", "A model's name as responses have it, and the name that its price has, if any",
    """
    SELECT model, arg_min(priced.name, place) AS priced_as
    FROM (
      SELECT model, unnest(names) AS name, generate_subscripts(names, 1) AS place
      FROM (
        SELECT model, [lower(model), bare, clean, undated, \(sql(effort, "undated"))] AS names
        FROM (
          SELECT *, \(sql(date, "clean")) AS undated
          FROM (
            SELECT *, \(sql(spellings, "bare")) AS clean
            FROM (
              SELECT model, \(sql(provider, "lower(trim(model))")) AS bare
              FROM (SELECT DISTINCT model FROM messages WHERE model IS NOT NULL)))))
    ) AS spellings
    LEFT JOIN (SELECT DISTINCT model AS name FROM model_prices) AS priced USING (name)
    GROUP BY model
    """)

  private typealias Rule = (pattern: String, replacement: String)

  private static let provider: [Rule] = [
    (
      "^((openrouter|copilot|github[_-]copilot|litellm_proxy|opencode|bedrock|bedrock_converse"
        + "|vertex_ai|anthropic|openai|openai-codex|azure|azure_ai|google|gemini|models|deepseek"
        + "|x-?ai|mistral|mistralai|moonshot|moonshotai|z-?ai|qwen|minimax)/)+", ""
    )
  ]

  private static let spellings: [Rule] = [
    (#"^((us|eu|apac|au|jp|us-gov|global)\.)?anthropic\."#, ""),
    (#"(\[1m\]|:thinking|@default|-v[0-9]+(:[0-9]+)?)$"#, ""),
    ("@", "-"),
    // claude-4.5-sonnet is claude-sonnet-4-5, but claude-sonnet-3.5 is claude-3-5-sonnet.
    (#"^claude-([0-9.]+)-(opus|sonnet|haiku)"#, #"claude-\2-\1"#),
    (#"^(claude-.*[0-9])\.([0-9])"#, #"\1-\2"#),
    (#"^claude-(opus|sonnet|haiku)-(3(-[57])?)\b"#, #"claude-\2-\1"#),
  ]

  private static let date: [Rule] = [
    ("-(20[0-9]{6}|20[0-9]{2}-[0-9]{2}-[0-9]{2}|latest)$", "")
  ]

  private static let effort: [Rule] = [
    ("-(thinking|reasoning|minimal|low|medium|high|xhigh)$", "")
  ]

  /// The rules one after another, on what an expression gives.
  private static func sql(_ rules: [Rule], _ expression: String) -> String {
    rules.reduce(expression) { text, rule in
      "regexp_replace(\(text), \(SQL.literal(rule.pattern)), \(SQL.literal(rule.replacement)))"
    }
  }
}
