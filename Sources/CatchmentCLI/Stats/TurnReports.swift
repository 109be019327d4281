import Catchment

extension StatsReport {
  static func interrupted(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT marked_at, platform, mark, coalesce(c.title, c.session_id),
        (SELECT string_agg(block->>'text', ' ')
         FROM (SELECT unnest((t.prompt)::JSON[]) AS block)),
        t.responses, t.tool_calls, t.active_ms, t.output_tokens, t.cost, t.conversation_id,
        t.prompt_message_id
      FROM interrupted_turns t JOIN conversations c USING (conversation_id, platform)
      WHERE \(since?.condition(on: "marked_at") ?? "true")
      ORDER BY marked_at DESC NULLS LAST, conversation_id
      """,
      [
        .init("When", "marked_at", .minute), .init("Platform", "platform"),
        .init("Mark", "mark"), .init("Session", "conversation"), .init("Prompt", "prompt"),
        .init("Responses", "responses", .count), .init("Tool calls", "tool_calls", .count),
        .init("Active", "active_ms", .milliseconds), .init("Output", "output_tokens", .count),
        .init("Cost", "cost", .money), .init("", "conversation_id", .detail),
        .init("", "prompt_message_id", .detail),
      ],
      "Turns that a person stopped, as the platform marks it, with all they had come to. Platforms "
        + "that keep no mark have none here.")
  }

  static func edits(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT e.timestamp, e.tool_name, e.path, e.undone_by,
        epoch_ms(e.undone_at) - epoch_ms(e.timestamp), coalesce(c.title, c.session_id), e.evidence,
        e.tool_call_id, e.undone_by_tool_call_id, e.conversation_id
      FROM undone_edits e JOIN conversations c USING (conversation_id)
      WHERE \(since?.condition(on: "e.timestamp") ?? "true")
      ORDER BY e.timestamp DESC, e.tool_call_id, e.path
      """,
      [
        .init("Edited", "timestamp", .minute), .init("Tool", "tool"), .init("File", "path"),
        .init("Undone by", "undone_by"), .init("After", "after_ms", .milliseconds),
        .init("Session", "conversation"), .init("Evidence", "evidence"),
        .init("", "tool_call_id", .detail), .init("", "undone_by_tool_call_id", .detail),
        .init("", "conversation_id", .detail),
      ],
      "Edits whose text a later edit of the session puts back exactly, or that a git checkout, restore, "
        + "reset --hard (when not committed) or revert (of the last commit) of the session took back."
    )
  }

  static func models(_ since: Since?) -> StatsReport {
    StatsReport(
      """
      SELECT work, size, model, turns, conversations, projects, read_tokens, output_tokens, cost,
        active_ms, error_rate, interrupted_share, priced_turns,
        CASE WHEN is_few THEN 'few turns' END
      FROM model_comparison WHERE models > 1
      ORDER BY CASE work WHEN 'talk' THEN 1 WHEN 'look' THEN 2 WHEN 'run' THEN 3 ELSE 4 END,
        least_calls, turns DESC, model
      """,
      [
        .init("Work", "work"), .init("Calls", "tool_calls"), .init("Model", "model"),
        .init("Turns", "turns", .count), .init("Sessions", "conversations", .count),
        .init("Projects", "projects", .count), .init("Read", "read_tokens", .count),
        .init("Output", "output_tokens", .count), .init("Cost", "cost", .money),
        .init("Active", "active_ms", .milliseconds), .init("Tool errors", "error_rate", .percent),
        .init("Stopped", "interrupted_share", .percent), .init("", "priced_turns", .detail),
        .init("Caution", "caution"),
      ],
      "Medians of turns by one model, without their sub-agents; work is change when files were edited, "
        + "else run, look or talk. Only kinds and sizes that two models or more have; people choose "
        + "models, so a difference need not be the model's.",
      among: since.map { since in
        [
          View(
            "messages", "The messages since then",
            "SELECT * FROM main.messages WHERE \(since.condition(on: "timestamp"))")
        ]
      } ?? [])
  }
}
