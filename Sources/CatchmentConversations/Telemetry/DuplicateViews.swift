internal import Catchment

/// Which conversations count, when some hold the same talk as others.
enum DuplicateViews {
  static let all = [conversations, toolCalls, unique]

  /// What is left out: copies of conversations that are kept.
  static let setAside = "(SELECT duplicate_id FROM conversation_duplicates WHERE is_set_aside)"

  private static let conversations = View(
    "counted_conversations", "A conversation that counts: not a copy of one that is kept",
    "SELECT * FROM conversations WHERE conversation_id NOT IN \(setAside)")

  private static let toolCalls = View(
    "counted_tool_calls", "A tool call of a conversation that counts",
    "SELECT * FROM tool_calls WHERE conversation_id NOT IN \(setAside)")

  /// A copy of a copy is one of the conversation that is kept in the end.
  ///
  /// What the kept one says goes before what its copies say.
  private static let unique = View(
    "unique_conversations",
    "A conversation that counts, with the tags, metadata and places of what was merged into it",
    """
    WITH RECURSIVE led(conversation_id, kept_id, is_merged) AS (
      SELECT duplicate_id, kept_id, action = 'merge' FROM conversation_duplicates
      WHERE is_set_aside
      UNION ALL
      SELECT l.conversation_id, d.kept_id, l.is_merged AND d.action = 'merge'
      FROM led l JOIN conversation_duplicates d ON d.duplicate_id = l.kept_id AND d.is_set_aside),
    members AS (
      SELECT conversation_id AS kept_id, conversation_id, true AS is_merged, true AS is_kept
      FROM counted_conversations
      UNION ALL
      SELECT kept_id, conversation_id, is_merged, false FROM led
      WHERE kept_id NOT IN \(setAside)),
    paths AS (
      SELECT r.scope_id AS conversation_id, list(DISTINCT u.path) AS paths
      FROM catchment.raw_records r JOIN catchment.units u USING (unit_id)
      WHERE r.scope_id IS NOT NULL GROUP BY 1),
    united AS (
      SELECT m.kept_id AS conversation_id, count(*) - 1 AS copies,
        list_sort(list_distinct(flatten(list(coalesce(c.tags, [])) FILTER (m.is_merged))))
          AS all_tags,
        list_reduce(list(coalesce(c.platform_metadata, '{}')
          ORDER BY m.is_kept, c.created_at DESC NULLS FIRST, c.conversation_id DESC)
          FILTER (m.is_merged), lambda a, b: json_merge_patch(a, b)) AS all_metadata,
        list_sort(list_distinct(flatten(list(coalesce(p.paths, [])) FILTER (m.is_merged))))
          AS places
      FROM members m JOIN conversations c USING (conversation_id)
      LEFT JOIN paths p USING (conversation_id)
      GROUP BY 1)
    SELECT c.* REPLACE (u.all_tags AS tags, u.all_metadata AS platform_metadata), u.places,
      u.copies
    FROM counted_conversations c JOIN united u USING (conversation_id)
    """)
}
