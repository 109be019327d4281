internal import DuckDB

/// The places of the unified tables in `ConversationTables.all`, and so among a load's writers.
enum UnifiedTable {
  static let conversations = 0
  static let messages = 1
  static let toolCalls = 2
  static let summaries = 3
}

/// What every platform's rows of the unified tables have in common.
///
/// Absent values stay NULL.
extension RowWriter {
  func set(_ column: Int, _ value: Int64?) { if let value { set(column, value) } }

  func setTimestamp(_ column: Int, _ micros: Int64?) {
    if let micros { setTimestamp(column, micros) }
  }

  func setText(_ column: Int, _ text: Slice?) { if let text { setText(column, text) } }

  func setText(_ column: Int, _ text: String?) { if let text { setText(column, text) } }

  func setText(_ column: Int, _ text: StaticString) { setText(column, text.slice) }

  /// A message's tokens, and its cost as the platform states it, in USD.
  func set(_ usage: TokenUsage, cost: Double?, _ columns: MessageColumns) {
    set(columns.input, usage.input)
    set(columns.output, usage.output)
    set(columns.cacheRead, usage.cacheRead)
    set(columns.cacheWrite, usage.cacheWrite)
    set(columns.cacheWriteHour, usage.cacheWriteHour)
    set(columns.reasoning, usage.reasoning)
    setCost(cost, columns.cost, source: columns.costSource)
  }

  /// A conversation's tokens, and its cost as the platform states it, in USD.
  func set(_ usage: TokenUsage, cost: Double?, _ columns: ConversationColumns) {
    set(columns.input, usage.input)
    set(columns.output, usage.output)
    set(columns.cacheRead, usage.cacheRead)
    set(columns.cacheWrite, usage.cacheWrite)
    set(columns.reasoning, usage.reasoning)
    setCost(cost, columns.cost, source: columns.costSource)
  }

  private func setCost(_ cost: Double?, _ column: Int, source: Int) {
    if let cost { set(column, cost) }
    setText(source, cost == nil ? "unknown" : "reported" as StaticString)
  }

  /// What came back from a call that began at `started`; its duration is as stated, else the time
  /// that went by.
  func set(_ result: ToolResult, started: Int64?, _ columns: ToolCallColumns) {
    setText(columns.output, result.output)
    if let isError = result.isError { set(columns.isError, isError) }
    if let code = result.exitCode { set(columns.exitCode, code) }
    setTimestamp(columns.completed, result.completed)
    if let duration = result.duration {
      set(columns.duration, duration)
      setText(columns.durationSource, "reported" as StaticString)
    } else if let started, let completed = result.completed, completed >= started {
      set(columns.duration, (completed - started) / 1_000)
      setText(columns.durationSource, "elapsed" as StaticString)
    }
  }
}
