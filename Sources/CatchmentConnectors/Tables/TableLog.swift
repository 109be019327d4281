/// What a database keeps beside the user's table, and how it is named.
struct TableLog: Sendable {
  /// A table's name with its schema, or what stands for one.
  let name: @Sendable (String) -> String
  /// The type of a point in time, how microseconds become one, and one microseconds.
  var momentType = "TIMESTAMP WITH TIME ZONE"
  let moment: @Sendable (String) -> String
  let micros: @Sendable (String) -> String

  var runs: String { name("pipeline_runs") }
  var units: String { name("pipeline_units") }
  var cursors: String { name("pipeline_cursors") }
  var deadLetters: String { name("pipeline_dead_letters") }
  /// The undo log: a line a commit, what tells the rows it added, and the rows it removed in a table
  /// of their own.
  var commits: String { name("pipeline_commits") }
  var added: String { name("pipeline_added") }

  func removed(_ commit: Int64) -> String { name("pipeline_removed_\(commit)") }

  /// All but `added`, which is each store's own.
  var creation: String {
    """
    CREATE TABLE IF NOT EXISTS \(runs) (
      pipeline VARCHAR, run_id VARCHAR, status VARCHAR, token BIGINT,
      started_at \(momentType), ended_at \(momentType),
      records_read BIGINT, made BIGINT, loaded BIGINT, updated BIGINT, duplicate BIGINT,
      filtered BIGINT, dead_lettered BIGINT, units_committed BIGINT, bytes_read BIGINT,
      deleted BIGINT);
    CREATE TABLE IF NOT EXISTS \(units) (
      pipeline VARCHAR, table_name VARCHAR, commit_number BIGINT, run_id VARCHAR, unit_id UUID,
      source VARCHAR, path VARCHAR, size BIGINT, modified BIGINT, sha256 VARCHAR, records BIGINT);
    CREATE TABLE IF NOT EXISTS \(cursors) (
      pipeline VARCHAR, table_name VARCHAR, commit_number BIGINT, run_id VARCHAR, unit_id UUID,
      position VARCHAR);
    CREATE TABLE IF NOT EXISTS \(deadLetters) (
      pipeline VARCHAR, run_id VARCHAR, unit_id UUID, path VARCHAR, line BIGINT,
      byte_offset BIGINT, error_code VARCHAR, error_message VARCHAR, record VARCHAR,
      stage VARCHAR, column_name VARCHAR, column_value VARCHAR);
    CREATE TABLE IF NOT EXISTS \(commits) (
      commit_number BIGINT, pipeline VARCHAR, run_id VARCHAR, table_name VARCHAR,
      is_created BOOLEAN, added BIGINT, removed BIGINT);
    """
  }
}
