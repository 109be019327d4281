/// The tables as version 1.0.0 made them, before migrations were.
///
/// The oldest warehouses also lack the column `token` of `catchment.runs`.
enum FirstSchema {
  static let tables = """
    CREATE SCHEMA catchment;
    CREATE TABLE catchment.raw_records (record_id UUID, unit_id UUID, run INTEGER, generation
      INTEGER, line BIGINT, byte_offset BIGINT, length BIGINT, identity UBIGINT, outcome
      VARCHAR, row_id UUID, scope_id UUID, issue VARCHAR, issue_message VARCHAR, issue_column
      BIGINT);
    CREATE TABLE catchment.runs (run INTEGER, run_id VARCHAR, command VARCHAR, status VARCHAR,
      started_at TIMESTAMP WITH TIME ZONE, ended_at TIMESTAMP WITH TIME ZONE, records_read
      BIGINT, loaded BIGINT, updated BIGINT, duplicate BIGINT, filtered BIGINT, dead_lettered
      BIGINT, units_committed BIGINT, bytes_read BIGINT);
    CREATE TABLE catchment.segments (name VARCHAR, source VARCHAR, run INTEGER);
    CREATE TABLE catchment.undo_conversations (undo_run INTEGER, conversation_id UUID,
      platform VARCHAR, platform_version VARCHAR, model VARCHAR, session_id VARCHAR,
      parent_conversation_id UUID, parent_tool_call_id UUID, is_sidechain BOOLEAN, title
      VARCHAR, workspace_path VARCHAR, git_branch VARCHAR, git_commit VARCHAR, created_at
      TIMESTAMP WITH TIME ZONE, updated_at TIMESTAMP WITH TIME ZONE, imported_at TIMESTAMP
      WITH TIME ZONE, status VARCHAR, total_messages INTEGER, total_responses INTEGER,
      total_tool_calls INTEGER, total_input_tokens BIGINT, total_output_tokens BIGINT,
      total_cache_read_tokens BIGINT, total_cache_write_tokens BIGINT, total_reasoning_tokens
      BIGINT, total_cost DOUBLE, cost_source VARCHAR, duration_ms BIGINT, raw_checksum
      VARCHAR, content_hash VARCHAR, platform_metadata JSON, tags VARCHAR[]);
    CREATE TABLE catchment.undo_dead_letters (undo_run INTEGER, record_id UUID, unit_id UUID,
      run INTEGER, platform VARCHAR, path VARCHAR, line BIGINT, byte_offset BIGINT, length
      BIGINT, stage VARCHAR, error_code VARCHAR, error_message VARCHAR, error_column BIGINT,
      attempts INTEGER, created_at TIMESTAMP WITH TIME ZONE);
    CREATE TABLE catchment.undo_log (run INTEGER, table_name VARCHAR, key UUID, action
      VARCHAR);
    CREATE TABLE catchment.undo_messages (undo_run INTEGER, message_id UUID, conversation_id
      UUID, parent_message_id UUID, sequence_number INTEGER, role VARCHAR, kind VARCHAR,
      timestamp TIMESTAMP WITH TIME ZONE, ended_at TIMESTAMP WITH TIME ZONE, content JSON,
      model VARCHAR, model_override VARCHAR, input_tokens BIGINT, output_tokens BIGINT,
      cache_read_tokens BIGINT, cache_write_tokens BIGINT, cache_write_1h_tokens BIGINT,
      reasoning_tokens BIGINT, cost DOUBLE, cost_source VARCHAR, user_type VARCHAR,
      is_sidechain BOOLEAN, is_meta BOOLEAN, is_compact_summary BOOLEAN, stop_reason VARCHAR,
      response_id VARCHAR, request_id VARCHAR, metadata JSON, raw_record_id UUID);
    CREATE TABLE catchment.undo_raw_records (undo_run INTEGER, record_id UUID, unit_id UUID,
      run INTEGER, generation INTEGER, line BIGINT, byte_offset BIGINT, length BIGINT,
      identity UBIGINT, outcome VARCHAR, row_id UUID, scope_id UUID, issue VARCHAR,
      issue_message VARCHAR, issue_column BIGINT);
    CREATE TABLE catchment.undo_summaries (undo_run INTEGER, summary_id UUID, conversation_id
      UUID, type VARCHAR, text VARCHAR, timestamp TIMESTAMP WITH TIME ZONE, covers_messages
      UUID[], leaf_message_id UUID, leaf_identity UBIGINT, raw_record_id UUID);
    CREATE TABLE catchment.undo_tool_calls (undo_run INTEGER, tool_call_id UUID, message_id
      UUID, conversation_id UUID, native_id VARCHAR, tool_name VARCHAR, tool_input JSON,
      tool_output JSON, is_error BOOLEAN, exit_code INTEGER, duration_ms BIGINT,
      duration_source VARCHAR, timestamp TIMESTAMP WITH TIME ZONE, completed_at TIMESTAMP WITH
      TIME ZONE, result_message_id UUID, child_conversation_id UUID, raw_record_id UUID);
    CREATE TABLE catchment.undo_units (undo_run INTEGER, unit_id UUID, source VARCHAR, path
      VARCHAR, generation INTEGER, size BIGINT, modified BIGINT, committed_bytes BIGINT, lines
      BIGINT, records BIGINT, prefix_sha256 VARCHAR, status VARCHAR, imported_at TIMESTAMP
      WITH TIME ZONE);
    CREATE TABLE catchment.unit_keys (unit_id UUID, identity UBIGINT);
    CREATE TABLE catchment.units (unit_id UUID, source VARCHAR, path VARCHAR, generation
      INTEGER, size BIGINT, modified BIGINT, committed_bytes BIGINT, lines BIGINT, records
      BIGINT, prefix_sha256 VARCHAR, status VARCHAR, imported_at TIMESTAMP WITH TIME ZONE);
    CREATE TABLE main.audit_log (id BIGINT, operation VARCHAR, platform VARCHAR,
      conversation_id UUID, status VARCHAR, message VARCHAR, details JSON, duration_ms BIGINT,
      timestamp TIMESTAMP WITH TIME ZONE);
    CREATE TABLE main.conversations (conversation_id UUID, platform VARCHAR, platform_version
      VARCHAR, model VARCHAR, session_id VARCHAR, parent_conversation_id UUID,
      parent_tool_call_id UUID, is_sidechain BOOLEAN, title VARCHAR, workspace_path VARCHAR,
      git_branch VARCHAR, git_commit VARCHAR, created_at TIMESTAMP WITH TIME ZONE, updated_at
      TIMESTAMP WITH TIME ZONE, imported_at TIMESTAMP WITH TIME ZONE, status VARCHAR,
      total_messages INTEGER, total_responses INTEGER, total_tool_calls INTEGER,
      total_input_tokens BIGINT, total_output_tokens BIGINT, total_cache_read_tokens BIGINT,
      total_cache_write_tokens BIGINT, total_reasoning_tokens BIGINT, total_cost DOUBLE,
      cost_source VARCHAR, duration_ms BIGINT, raw_checksum VARCHAR, content_hash VARCHAR,
      platform_metadata JSON, tags VARCHAR[]);
    CREATE TABLE main.dead_letters (record_id UUID, unit_id UUID, run INTEGER, platform
      VARCHAR, path VARCHAR, line BIGINT, byte_offset BIGINT, length BIGINT, stage VARCHAR,
      error_code VARCHAR, error_message VARCHAR, error_column BIGINT, attempts INTEGER,
      created_at TIMESTAMP WITH TIME ZONE);
    CREATE TABLE main.messages (message_id UUID, conversation_id UUID, parent_message_id UUID,
      sequence_number INTEGER, role VARCHAR, kind VARCHAR, timestamp TIMESTAMP WITH TIME ZONE,
      ended_at TIMESTAMP WITH TIME ZONE, content JSON, model VARCHAR, model_override VARCHAR,
      input_tokens BIGINT, output_tokens BIGINT, cache_read_tokens BIGINT, cache_write_tokens
      BIGINT, cache_write_1h_tokens BIGINT, reasoning_tokens BIGINT, cost DOUBLE, cost_source
      VARCHAR, user_type VARCHAR, is_sidechain BOOLEAN, is_meta BOOLEAN, is_compact_summary
      BOOLEAN, stop_reason VARCHAR, response_id VARCHAR, request_id VARCHAR, metadata JSON,
      raw_record_id UUID);
    CREATE TABLE main.schema_versions (version VARCHAR, applied_at TIMESTAMP WITH TIME ZONE,
      description VARCHAR, migration_script VARCHAR);
    CREATE TABLE main.summaries (summary_id UUID, conversation_id UUID, type VARCHAR, text
      VARCHAR, timestamp TIMESTAMP WITH TIME ZONE, covers_messages UUID[], leaf_message_id
      UUID, leaf_identity UBIGINT, raw_record_id UUID);
    CREATE TABLE main.tool_calls (tool_call_id UUID, message_id UUID, conversation_id UUID,
      native_id VARCHAR, tool_name VARCHAR, tool_input JSON, tool_output JSON, is_error
      BOOLEAN, exit_code INTEGER, duration_ms BIGINT, duration_source VARCHAR, timestamp
      TIMESTAMP WITH TIME ZONE, completed_at TIMESTAMP WITH TIME ZONE, result_message_id UUID,
      child_conversation_id UUID, raw_record_id UUID);
    CREATE VIEW catchment.identities AS
    SELECT unit_id, identity FROM catchment.raw_records WHERE identity IS NOT NULL
    UNION ALL SELECT unit_id, identity FROM catchment.unit_keys;
    INSERT INTO main.schema_versions VALUES
      ('1.0.0', now(), 'Initial unified conversation schema', NULL);
    """
}
