/// Where conversations refer to artifacts.
public enum ArtifactReferences {
  /// A row for each artifact: `sha256`, `media_type`, `bytes`, `first_seen`, `times` it is spoken of and
  /// in how many `conversations`.
  ///
  /// Looks only into JSON in which a reference is written.
  ///
  /// - Parameter condition: which rows of `messages` and `tool_calls` are looked at, in SQL.
  public static func query(where condition: String = "true") -> String {
    """
    WITH held AS (
      SELECT timestamp, conversation_id, content AS json FROM messages WHERE \(condition)
      UNION ALL SELECT timestamp, conversation_id, tool_input FROM tool_calls WHERE \(condition)
      UNION ALL SELECT coalesce(completed_at, timestamp), conversation_id, tool_output FROM tool_calls
      WHERE \(condition)),
    found AS (
      SELECT timestamp, conversation_id, unnest(json_extract(json, '$..artifact')) AS artifact
      FROM held WHERE contains(json::VARCHAR, '"artifact":{"sha256":"'))
    SELECT artifact->>'sha256' AS sha256, any_value(artifact->>'media_type') AS media_type,
      any_value((artifact->>'bytes')::BIGINT) AS bytes, min(timestamp) AS first_seen,
      count(*) AS times, count(DISTINCT conversation_id) AS conversations
    FROM found WHERE length(artifact->>'sha256') = 64 GROUP BY 1
    """
  }
}
