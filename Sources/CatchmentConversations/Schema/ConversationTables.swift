public import Catchment

/// The unified conversation tables: what every platform's conversations come to.
///
/// `Documentation/tables.md` explains each column to users.
public enum ConversationTables {
  /// In the order of `Source.tables`, by which `TableWriters` counts them.
  public static let all = [conversations, messages, toolCalls, summaries]

  /// A row a session, a sub-agent or a fork, with totals of what is its own.
  public static let conversations = TableSchema(
    "conversations", key: "conversation_id", scope: "conversation_id",
    columns: [
      .init("conversation_id", "UUID"),
      .init("platform", "VARCHAR"),
      .init("platform_version", "VARCHAR"),
      .init("model", "VARCHAR"),
      .init("session_id", "VARCHAR"),
      .init("parent_conversation_id", "UUID"),
      .init("parent_tool_call_id", "UUID", isLinked: true),
      .init("is_sidechain", "BOOLEAN"),
      .init("title", "VARCHAR", isLinked: true),
      .init("workspace_path", "VARCHAR"),
      .init("git_branch", "VARCHAR"),
      .init("git_commit", "VARCHAR"),
      .init("created_at", "TIMESTAMP WITH TIME ZONE"),
      .init("updated_at", "TIMESTAMP WITH TIME ZONE"),
      .init("imported_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
      .init("status", "VARCHAR", isVolatile: true, isLinked: true),
      .init("total_messages", "INTEGER"),
      .init("total_responses", "INTEGER"),
      .init("total_tool_calls", "INTEGER"),
      .init("total_input_tokens", "BIGINT"),
      .init("total_output_tokens", "BIGINT"),
      .init("total_cache_read_tokens", "BIGINT"),
      .init("total_cache_write_tokens", "BIGINT"),
      .init("total_reasoning_tokens", "BIGINT"),
      .init("total_cost", "DOUBLE"),
      .init("cost_source", "VARCHAR"),
      .init("duration_ms", "BIGINT"),
      .init("raw_checksum", "VARCHAR"),
      .init("content_hash", "VARCHAR"),
      .init("platform_metadata", "JSON"),
      .init("tags", "VARCHAR[]"),
      .init("machine", "VARCHAR", isLinked: true),
    ], indexes: ConversationIndexes.conversations)

  /// A row a message: what was asked, one response of the model, or what the program noted.
  public static let messages = TableSchema(
    "messages", key: "message_id", scope: "conversation_id",
    columns: [
      .init("message_id", "UUID"),
      .init("conversation_id", "UUID"),
      .init("parent_message_id", "UUID"),
      .init("sequence_number", "INTEGER"),
      .init("role", "VARCHAR"),
      .init("kind", "VARCHAR"),
      .init("timestamp", "TIMESTAMP WITH TIME ZONE"),
      .init("ended_at", "TIMESTAMP WITH TIME ZONE"),
      .init("content", "JSON", isLong: true),
      .init("model", "VARCHAR"),
      .init("model_override", "VARCHAR"),
      .init("input_tokens", "BIGINT"),
      .init("output_tokens", "BIGINT"),
      .init("cache_read_tokens", "BIGINT"),
      .init("cache_write_tokens", "BIGINT"),
      .init("cache_write_1h_tokens", "BIGINT"),
      .init("reasoning_tokens", "BIGINT"),
      .init("cost", "DOUBLE"),
      .init("cost_source", "VARCHAR"),
      .init("user_type", "VARCHAR"),
      .init("is_sidechain", "BOOLEAN"),
      .init("is_meta", "BOOLEAN"),
      .init("is_compact_summary", "BOOLEAN"),
      .init("stop_reason", "VARCHAR"),
      .init("response_id", "VARCHAR"),
      .init("request_id", "VARCHAR"),
      .init("metadata", "JSON"),
      .init("raw_record_id", "UUID"),
    ], indexes: ConversationIndexes.messages)

  /// A row a call of a tool, with its result when that is known.
  public static let toolCalls = TableSchema(
    "tool_calls", key: "tool_call_id", scope: "conversation_id",
    columns: [
      .init("tool_call_id", "UUID"),
      .init("message_id", "UUID"),
      .init("conversation_id", "UUID"),
      .init("native_id", "VARCHAR"),
      .init("tool_name", "VARCHAR"),
      .init("tool_input", "JSON", isLong: true),
      .init("tool_output", "JSON", isLong: true),
      .init("is_error", "BOOLEAN"),
      .init("exit_code", "INTEGER"),
      .init("duration_ms", "BIGINT"),
      .init("duration_source", "VARCHAR"),
      .init("timestamp", "TIMESTAMP WITH TIME ZONE"),
      .init("completed_at", "TIMESTAMP WITH TIME ZONE"),
      .init("result_message_id", "UUID"),
      .init("child_conversation_id", "UUID"),
      .init("raw_record_id", "UUID"),
    ], indexes: ConversationIndexes.toolCalls)

  /// A row a title, or a text that stands for messages since a compaction.
  public static let summaries = TableSchema(
    "summaries", key: "summary_id", scope: "conversation_id",
    columns: [
      .init("summary_id", "UUID"),
      .init("conversation_id", "UUID"),
      .init("type", "VARCHAR"),
      .init("text", "VARCHAR"),
      .init("timestamp", "TIMESTAMP WITH TIME ZONE"),
      .init("covers_messages", "UUID[]"),
      .init("leaf_message_id", "UUID"),
      .init("leaf_identity", "UBIGINT"),
      .init("raw_record_id", "UUID"),
    ], indexes: ConversationIndexes.summaries)
}
