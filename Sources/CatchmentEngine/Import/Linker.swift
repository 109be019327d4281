internal import Catchment
internal import DuckDB

/// Sets what one conversation's row takes from another's: the call that started a sub-agent, a title
/// that another file gives, whether its files are gone, and the machine that has most of it.
///
/// It looks at the tables as they are after everything is loaded, so the order of imports does not
/// matter, and writes only what differs.
///
/// The rows of copies are left as they came: see `Source.isCopy`.
///
/// What it sets is a pure function of the other rows and is set anew after every import and every
/// rollback; so it needs no undo log.
struct Linker {
  private let connection: Connection
  private let precedence: CopyPrecedence

  init(connection: Connection, sources: SourceSet) {
    self.connection = connection
    precedence = CopyPrecedence(connection, copies: sources.copies)
  }

  func link() throws(DuckDBError) {
    try connection.execute(
      """
      UPDATE main.conversations AS c
      SET parent_tool_call_id = w.parent_tool_call_id, title = w.title, status = w.status,
        machine = w.machine
      FROM (
        WITH starts AS (
          SELECT child_conversation_id AS conversation_id,
            arg_min(tool_call_id, (timestamp, tool_call_id)) AS parent_tool_call_id
          FROM main.tool_calls WHERE child_conversation_id IS NOT NULL GROUP BY 1),
        homes AS (
          SELECT DISTINCT r.identity, m.conversation_id
          FROM main.summaries s
          JOIN catchment.raw_records r ON r.identity = s.leaf_identity
          JOIN main.messages m ON m.message_id = r.row_id
          WHERE s.type = 'title' AND r.outcome IN ('loaded', 'updated')),
        titles AS (
          SELECT h.conversation_id, max(s.text) AS title
          FROM main.summaries s JOIN homes h ON h.identity = s.leaf_identity
          WHERE s.type = 'title' GROUP BY 1),
        gone AS (
          SELECT r.scope_id AS conversation_id, 'vanished' AS status
          FROM catchment.raw_records r JOIN catchment.units u USING (unit_id)
          WHERE EXISTS (FROM catchment.units WHERE status = 'vanished')
            AND r.scope_id IS NOT NULL AND u.unit_id NOT IN (\(precedence.units))
          GROUP BY 1 HAVING bool_and(u.status = 'vanished')),
        home AS (SELECT any_value(machine) AS machine FROM catchment.home),
        held AS (
          SELECT r.scope_id AS conversation_id, coalesce(u.machine, h.machine) AS machine,
            count(*) AS records
          FROM catchment.raw_records r JOIN catchment.units u USING (unit_id) CROSS JOIN home h
          WHERE EXISTS (FROM catchment.units WHERE machine IS NOT NULL)
            AND r.scope_id IS NOT NULL
          GROUP BY r.scope_id, u.unit_id, 2),
        machines AS (
          SELECT conversation_id, arg_min(machine, (-records, machine)) AS machine
          FROM held GROUP BY 1)
        SELECT o.conversation_id, s.parent_tool_call_id,
          CASE WHEN o.platform_metadata->>'title_source' = 'ai'
            THEN coalesce(o.platform_metadata->>'ai_title', o.title)
            ELSE coalesce(t.title, o.platform_metadata->>'prompt_title') END AS title,
          coalesce(g.status, 'active') AS status, coalesce(m.machine, h.machine) AS machine
        FROM main.conversations o
        LEFT JOIN starts s USING (conversation_id) LEFT JOIN titles t USING (conversation_id)
        LEFT JOIN gone g USING (conversation_id)
        LEFT JOIN machines m USING (conversation_id) CROSS JOIN home h
        WHERE o.conversation_id NOT IN (\(precedence.scopes))) w
      WHERE w.conversation_id = c.conversation_id
        AND (c.parent_tool_call_id IS DISTINCT FROM w.parent_tool_call_id
          OR c.title IS DISTINCT FROM w.title OR c.status IS DISTINCT FROM w.status
          OR c.machine IS DISTINCT FROM w.machine)
      """)
  }
}
