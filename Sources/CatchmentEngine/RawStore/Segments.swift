internal import Catchment
internal import DuckDB

/// Which files of the raw store the tables rest on.
///
/// A file's name is committed with the rows that come from it. A file that a killed run published
/// and never committed, or whose run was rolled back, keeps its bytes for ever but is set aside by
/// its name, so that a rebuild does not count it.
struct Segments {
  private static let abandoned = ".abandoned"
  private static let rolledBack = ".rolledback"

  let rawStore: RawStore
  let source: String
  let connection: Connection

  /// Notes, in the transaction that is open, that the tables rest on this file.
  static func register(
    _ segment: RawSegment, run: Int32, _ connection: Connection
  ) throws(DuckDBError) {
    if segment.records > 0 { try register(path: segment.path, run: run, connection) }
  }

  static func register(
    path: String, run: Int32, _ connection: Connection
  ) throws(DuckDBError) {
    _ = try connection.query(
      "INSERT INTO catchment.segments SELECT ?, ?, ?", .text(name(path)),
      .text(source(path)), .integer(Int64(run)))
  }

  /// Makes the raw store agree with the warehouse, after a run was killed at any point.
  func settle() throws(CatchmentError) {
    try rawStore.sweep(source: source)
    let committed = try committedRuns()
    // A warehouse that knows of no file at all is new: the files are there to rebuild it from.
    guard !committed.isEmpty else { return }
    for path in try rawStore.segments(source: source) {
      switch committed[Self.name(path)] {
      case nil: try Directory.rename(path, to: path + Self.abandoned)
      case "rolled_back": try Directory.rename(path, to: path + Self.rolledBack)
      default: break
      }
    }
  }

  /// The status of the run of each committed file.
  private func committedRuns() throws(CatchmentError) -> [String: String] {
    do throws(DuckDBError) {
      let rows = try connection.query(
        """
        SELECT s.name, r.status FROM catchment.segments s
        LEFT JOIN catchment.runs r USING (run) WHERE s.source = ?
        """, .text(source)
      ).rows()
      return Dictionary(
        rows.map { ($0[0].text ?? "", $0[1].text ?? "") }, uniquingKeysWith: { first, _ in first })
    } catch {
      throw .warehouse(error, "of \(source)")
    }
  }

  /// The status of the run of every file that was registered, by the file's name.
  static func registered(_ connection: Connection) throws(DuckDBError) -> [String: String] {
    let rows = try connection.query(
      """
      SELECT s.name, r.status FROM catchment.segments s LEFT JOIN catchment.runs r USING (run)
      """
    ).rows()
    return Dictionary(
      rows.map { ($0[0].text ?? "", $0[1].text ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  /// A file's own name, by which it is registered.
  static func name(_ path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }

  /// The source in a path `…/raw/<source>/<date>/<name>`.
  static func source(_ path: String) -> String {
    let parts = path.split(separator: "/")
    return parts.count >= 3 ? String(parts[parts.count - 3]) : ""
  }
}
