internal import Catchment

/// Where each column of `conversations` stands; made once, so that rows are written by number.
struct ConversationColumns {
  private static let table = ConversationTables.conversations
  let id = table.index(of: "conversation_id")
  let platform = table.index(of: "platform")
  let version = table.index(of: "platform_version")
  let model = table.index(of: "model")
  let sessionID = table.index(of: "session_id")
  let parent = table.index(of: "parent_conversation_id")
  let isSidechain = table.index(of: "is_sidechain")
  let title = table.index(of: "title")
  let workspace = table.index(of: "workspace_path")
  let branch = table.index(of: "git_branch")
  let commit = table.index(of: "git_commit")
  let created = table.index(of: "created_at")
  let updated = table.index(of: "updated_at")
  let imported = table.index(of: "imported_at")
  let status = table.index(of: "status")
  let messages = table.index(of: "total_messages")
  let responses = table.index(of: "total_responses")
  let toolCalls = table.index(of: "total_tool_calls")
  let input = table.index(of: "total_input_tokens")
  let output = table.index(of: "total_output_tokens")
  let cacheRead = table.index(of: "total_cache_read_tokens")
  let cacheWrite = table.index(of: "total_cache_write_tokens")
  let reasoning = table.index(of: "total_reasoning_tokens")
  let cost = table.index(of: "total_cost")
  let costSource = table.index(of: "cost_source")
  let duration = table.index(of: "duration_ms")
  let checksum = table.index(of: "raw_checksum")
  let contentHash = table.index(of: "content_hash")
  let metadata = table.index(of: "platform_metadata")
  let tags = table.index(of: "tags")
}

/// Where each column of `messages` stands.
struct MessageColumns {
  private static let table = ConversationTables.messages
  let id = table.index(of: "message_id")
  let conversation = table.index(of: "conversation_id")
  let parent = table.index(of: "parent_message_id")
  let sequence = table.index(of: "sequence_number")
  let role = table.index(of: "role")
  let kind = table.index(of: "kind")
  let timestamp = table.index(of: "timestamp")
  let ended = table.index(of: "ended_at")
  let content = table.index(of: "content")
  let model = table.index(of: "model")
  let modelOverride = table.index(of: "model_override")
  let input = table.index(of: "input_tokens")
  let output = table.index(of: "output_tokens")
  let cacheRead = table.index(of: "cache_read_tokens")
  let cacheWrite = table.index(of: "cache_write_tokens")
  let cacheWriteHour = table.index(of: "cache_write_1h_tokens")
  let reasoning = table.index(of: "reasoning_tokens")
  let cost = table.index(of: "cost")
  let costSource = table.index(of: "cost_source")
  let userType = table.index(of: "user_type")
  let isSidechain = table.index(of: "is_sidechain")
  let isMeta = table.index(of: "is_meta")
  let isCompactSummary = table.index(of: "is_compact_summary")
  let stopReason = table.index(of: "stop_reason")
  let responseID = table.index(of: "response_id")
  let requestID = table.index(of: "request_id")
  let metadata = table.index(of: "metadata")
  let rawRecord = table.index(of: "raw_record_id")
}

/// Where each column of `tool_calls` stands.
struct ToolCallColumns {
  private static let table = ConversationTables.toolCalls
  let id = table.index(of: "tool_call_id")
  let message = table.index(of: "message_id")
  let conversation = table.index(of: "conversation_id")
  let nativeID = table.index(of: "native_id")
  let name = table.index(of: "tool_name")
  let input = table.index(of: "tool_input")
  let output = table.index(of: "tool_output")
  let isError = table.index(of: "is_error")
  let exitCode = table.index(of: "exit_code")
  let duration = table.index(of: "duration_ms")
  let durationSource = table.index(of: "duration_source")
  let timestamp = table.index(of: "timestamp")
  let completed = table.index(of: "completed_at")
  let resultMessage = table.index(of: "result_message_id")
  let child = table.index(of: "child_conversation_id")
  let rawRecord = table.index(of: "raw_record_id")
}

/// Where each column of `summaries` stands.
struct SummaryColumns {
  private static let table = ConversationTables.summaries
  let id = table.index(of: "summary_id")
  let conversation = table.index(of: "conversation_id")
  let type = table.index(of: "type")
  let text = table.index(of: "text")
  let timestamp = table.index(of: "timestamp")
  let covers = table.index(of: "covers_messages")
  let leaf = table.index(of: "leaf_message_id")
  let leafIdentity = table.index(of: "leaf_identity")
  let rawRecord = table.index(of: "raw_record_id")
}
