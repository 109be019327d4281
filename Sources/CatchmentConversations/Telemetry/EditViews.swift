internal import Catchment

/// What was changed in files, and which of it was taken back.
enum EditViews {
  static let all = [fileEdits, gitUndos, undoneEdits]

  /// The platforms' names for the same three things.
  private static let path = member([
    "file_path", "filePath", "filepath", "path", "absolute_path", "target_file",
  ])
  private static let old = member(["old_string", "oldString", "oldText", "old_text", "old_str"])
  private static let new = member(["new_string", "newString", "newText", "new_text", "new_str"])
  private static let whole = member(["content", "file_text", "contents"])

  private static func member(_ names: [String], of object: String = "tool_input") -> String {
    "coalesce(\(names.map { "\(object)->>'\($0)'" }.joined(separator: ", ")))"
  }

  /// A text in the place of another.
  ///
  /// A file written whole stands in the place of what the conversation
  /// wrote there before. A patch is an edit for each of its places.
  private static let fileEdits = View(
    "file_edits", "A text that a call put in the place of another in a file",
    """
    WITH calls AS (
      SELECT tool_call_id, conversation_id, timestamp, tool_name, tool_input
      FROM tool_calls
      WHERE NOT \(ToolViews.failed) AND \(ToolKinds.edits) AND json_type(tool_input) = 'OBJECT'),
    patches AS (
      SELECT tool_call_id, conversation_id, timestamp, tool_name,
        unnest(string_split_regex(coalesce(tool_input->>'input', tool_input->>'patch',
          tool_input->>'patchText', \(command)),
          '\\*\\*\\* (Update|Add|Delete) File: ')[2:]) AS part
      FROM tool_calls
      WHERE NOT \(ToolViews.failed) AND contains(tool_input, '*** Begin Patch')),
    hunks AS (
      SELECT * EXCLUDE (part), trim(split_part(part, chr(10), 1)) AS path,
        unnest(string_split_regex(part, '\\n@@')) AS hunk
      FROM patches)
    SELECT tool_call_id, conversation_id, timestamp, tool_name, \(path) AS path,
      \(old) AS old_text, \(new) AS new_text
    FROM calls WHERE \(new) IS NOT NULL AND \(old) IS NOT NULL
    UNION ALL
    SELECT tool_call_id, conversation_id, timestamp, tool_name, path, edit->>'old_string',
      edit->>'new_string'
    FROM (
      SELECT *, \(path) AS path, unnest((tool_input->'edits')::JSON[]) AS edit
      FROM calls WHERE json_type(tool_input, '$.edits') = 'ARRAY')
    WHERE edit->>'new_string' IS NOT NULL
    UNION ALL
    SELECT tool_call_id, conversation_id, timestamp, tool_name, path,
      lag(content) OVER (PARTITION BY conversation_id, path ORDER BY timestamp, tool_call_id), content
    FROM (SELECT *, \(path) AS path, \(whole) AS content FROM calls)
    WHERE content IS NOT NULL AND path IS NOT NULL
    UNION ALL
    SELECT tool_call_id, conversation_id, timestamp, tool_name, path, \(lines("-")), \(lines("+"))
    FROM hunks WHERE regexp_matches(hunk, '\\n[-+]')
    """)

  private static func lines(_ mark: String) -> String {
    """
    array_to_string([line[2:] FOR line IN string_split(hunk, chr(10))
      IF starts_with(line, '\(mark)')], chr(10))
    """
  }

  private static let command = """
    coalesce(CASE json_type(tool_input, '$.command') WHEN 'ARRAY'
        THEN array_to_string((tool_input->'command')::VARCHAR[], ' ')
        ELSE tool_input->>'command' END, tool_input->>'cmd', tool_input->>'commands',
      CASE WHEN json_type(tool_input) = 'VARCHAR' THEN tool_input->>'$' END)
    """

  /// What stands before git's own command.
  private static let git = #"\bgit\s+(-[Cc]\s+\S+\s+|-\S+\s+)*"#

  /// A commit counts too: what was committed is not what a checkout takes back.
  private static let gitUndos = View(
    "git_undos", "A git command that takes changes back, or commits them",
    """
    SELECT tool_call_id, conversation_id, timestamp, command,
      CASE WHEN regexp_matches(command, '\(git)reset\\b[^;&|\\n"]*--hard') THEN 'git reset'
        WHEN regexp_matches(command, '\(git)revert\\b') THEN 'git revert'
        WHEN regexp_matches(command, '\(git)restore\\b')
          AND (NOT contains(command, '--staged') OR contains(command, '--worktree'))
          THEN 'git restore'
        WHEN regexp_matches(command, '\(git)checkout\\b') THEN 'git checkout'
        WHEN regexp_matches(command, '\(git)commit\\b') THEN 'git commit' END AS action,
      regexp_matches(command, '(checkout|restore)\\s+(\\S+\\s+)*(--\\s+)?(\\.|:/)(\\s|"|$)')
        OR action = 'git reset' AS is_everything
    FROM (
      SELECT *, \(command) AS command FROM tool_calls
      WHERE \(ToolKinds.commands) AND NOT \(ToolViews.failed) AND contains(tool_input, 'git'))
    WHERE action IS NOT NULL
    """)

  /// Taken back means exactly: the later edit puts the old text where the new one was, and changes
  /// nothing else.
  private static let undoneEdits = View(
    "undone_edits", "An edit that was taken back: by which call, when, and how that is known",
    """
    WITH edits AS (
      SELECT e.*, (SELECT count(*) FROM git_undos g
          WHERE g.action = 'git commit' AND g.conversation_id = e.conversation_id
            AND g.timestamp < e.timestamp) AS commits
      FROM file_edits e WHERE e.path IS NOT NULL AND e.new_text IS DISTINCT FROM e.old_text),
    undos AS (
      SELECT g.*, (SELECT count(*) FROM git_undos c
          WHERE c.action = 'git commit' AND c.conversation_id = g.conversation_id
            AND c.timestamp < g.timestamp) AS commits
      FROM git_undos g WHERE g.action <> 'git commit'),
    found AS (
      SELECT e.tool_call_id, e.path, l.tool_call_id AS undone_by_tool_call_id,
        l.timestamp AS undone_at, 'edit' AS undone_by,
        left(CASE WHEN l.old_text = '' THEN l.new_text ELSE l.old_text END, 200) AS evidence
      FROM edits e JOIN edits l ON l.conversation_id = e.conversation_id AND l.path = e.path
        AND l.timestamp > e.timestamp
      WHERE e.old_text IS NOT NULL AND l.old_text IS NOT NULL
        AND CASE WHEN e.new_text = '' THEN replace(l.new_text, e.old_text, '') = l.old_text
            AND l.new_text <> l.old_text
          ELSE contains(l.old_text, e.new_text)
            AND replace(l.old_text, e.new_text, e.old_text) = l.new_text END
      UNION ALL
      SELECT e.tool_call_id, e.path, g.tool_call_id, g.timestamp, g.action, left(g.command, 200)
      FROM edits e JOIN undos g ON g.conversation_id = e.conversation_id
        AND g.timestamp > e.timestamp
      WHERE CASE WHEN g.action = 'git revert' THEN e.commits = g.commits - 1
        ELSE e.commits = g.commits AND (g.is_everything
          OR contains(g.command, regexp_extract(e.path, '[^/\\\\]+$'))) END)
    SELECT e.tool_call_id, e.conversation_id, e.timestamp, e.tool_name, e.path,
      f.undone_at, f.undone_by, f.undone_by_tool_call_id, f.evidence
    FROM (SELECT DISTINCT tool_call_id, conversation_id, timestamp, tool_name, path FROM edits) e
    JOIN (
      SELECT tool_call_id, path, min(undone_at) AS undone_at,
        arg_min(undone_by, undone_at) AS undone_by,
        arg_min(undone_by_tool_call_id, undone_at) AS undone_by_tool_call_id,
        arg_min(evidence, undone_at) AS evidence
      FROM found GROUP BY 1, 2) f ON f.tool_call_id = e.tool_call_id AND f.path = e.path
    """)
}
