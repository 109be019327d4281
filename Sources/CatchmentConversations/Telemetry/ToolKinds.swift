/// What a tool does, told by its name: each platform has names of its own.
enum ToolKinds {
  /// It changes a file.
  static let edits = """
    (regexp_matches(lower(tool_name), '(edit|write|replace|patch|create|insert|appl)') AND NOT \
    regexp_matches(lower(tool_name), 'todo|plan|task|agent|issue|session|title'))
    """

  /// It runs a command.
  static let commands = """
    regexp_matches(lower(tool_name), '(bash|shell|exec|command|terminal)')
    """
}
