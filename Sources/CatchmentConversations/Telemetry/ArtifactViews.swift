internal import Catchment

/// The files that messages and calls hold.
enum ArtifactViews {
  static let all = [artifacts]

  /// Looks only into JSON in which a reference is written.
  private static let artifacts = View(
    "artifacts", "A file that messages or calls hold; its bytes are in the raw store",
    """
    WITH held AS (
      SELECT timestamp, conversation_id, content AS json FROM messages
      UNION ALL SELECT timestamp, conversation_id, tool_input FROM tool_calls
      UNION ALL SELECT coalesce(completed_at, timestamp), conversation_id, tool_output FROM tool_calls),
    found AS (
      SELECT timestamp, conversation_id, unnest(json_extract(json, '$..artifact')) AS artifact
      FROM held WHERE contains(json::VARCHAR, '"artifact":{"sha256":"'))
    SELECT artifact->>'sha256' AS sha256, any_value(artifact->>'media_type') AS media_type,
      any_value((artifact->>'bytes')::BIGINT) AS bytes, min(timestamp) AS first_seen,
      count(*) AS times, count(DISTINCT conversation_id) AS conversations
    FROM found WHERE length(artifact->>'sha256') = 64 GROUP BY 1
    """)
}
