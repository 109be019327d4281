internal import Catchment
internal import DuckDB

/// Sets what one conversation's row takes from another's: the call that started a sub-agent, a title
/// that another file gives, and whether its files are gone.
///
/// It looks at the tables as they are after everything is loaded, so the order of imports does not
/// matter, and writes only what differs.
struct Linker {
  let connection: Connection
  let table: TableSchema
  let run: Int32

  func link() throws(DuckDBError) {
    try connection.atomically { () throws(DuckDBError) in
      try stageLinks()
      try TrackedChange(table, run: run, connection).update(linking: true)
    }
  }

  /// The rows whose links are not what they should be.
  private func stageLinks() throws(DuckDBError) {
    try connection.execute(
      """
      CREATE OR REPLACE TEMP TABLE stage_\(table.name) AS
      WITH starts AS (
        SELECT child_conversation_id AS conversation_id,
          arg_min(tool_call_id, (timestamp, tool_call_id)) AS parent_tool_call_id
        FROM main.tool_calls WHERE child_conversation_id IS NOT NULL GROUP BY 1),
      titles AS (
        SELECT r.scope_id AS conversation_id, arg_max(s.text, (s.timestamp, s.text)) AS title
        FROM main.summaries s
        JOIN catchment.unit_keys k ON k.identity = s.leaf_identity
        JOIN (SELECT DISTINCT unit_id, scope_id FROM catchment.raw_records) r USING (unit_id)
        WHERE s.type = 'title' GROUP BY 1),
      wanted AS (
        SELECT c.conversation_id, s.parent_tool_call_id,
          CASE WHEN c.platform_metadata->>'title_source' = 'ai' THEN c.title
            ELSE coalesce(t.title, c.title) END AS title
        FROM main.\(table.name) c
        LEFT JOIN starts s USING (conversation_id) LEFT JOIN titles t USING (conversation_id)
        WHERE s.conversation_id IS NOT NULL OR t.conversation_id IS NOT NULL)
      SELECT c.* REPLACE (w.parent_tool_call_id AS parent_tool_call_id, w.title AS title)
      FROM main.\(table.name) c JOIN wanted w USING (conversation_id)
      WHERE c.parent_tool_call_id IS DISTINCT FROM w.parent_tool_call_id
        OR c.title IS DISTINCT FROM w.title
      """)
  }
}
