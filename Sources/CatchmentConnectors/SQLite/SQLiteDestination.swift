public import Catchment

/// A table in a SQLite file.
///
/// Beside the user's table the file gets tables called `catchment_pipeline_…` with the runs, the
/// commit markers, the dead letters and the undo log; the table itself gets no column of ours.
public struct SQLiteDestination: Destination, Configurable {
  public static let kind = "sqlite"
  public static let summary = "A table in a SQLite file."
  public static var options: [StepOption<SQLiteDestination>] {
    [
      .required("path", \.path, "The file; it is made when it is not there."),
      .required("table", \.table, "The table; it is made when it is not there."),
    ] + LoadSettings.options(\.loading)
  }

  private var path = ""
  private var table = ""
  private var loading = LoadSettings()
  /// What becomes of the rows that the table holds; `append` when nothing is said.
  public var mode: LoadMode { loading.mode }
  public var name: String { Self.kind }
  public var sharesCommits: Bool { true }
  public var location: String { "sqlite:\(Path.absolute(path) ?? path):\(table)" }

  public init() {}

  /// A table in the file at `path`; the file is made when it is not there, its directory is not.
  public init(_ path: String, table: String, mode: LoadMode = .append) {
    self.path = path
    self.table = table
    loading = LoadSettings(mode)
  }

  public mutating func locate(in directory: String) { path = Path.joined(path, to: directory) }

  public func check() throws(OptionError) { try loading.check() }

  public var place: String { Path.absolute(path) ?? path }

  public func replacing() -> (any Destination)? {
    // A history that is replaced would be lost.
    if case .scd2 = mode { return nil }
    var copy = self
    copy.loading = LoadSettings(.replace)
    return copy
  }

  public func look(
    for pipeline: String, loading rows: Relation?, in bench: Workbench
  ) throws(CatchmentError) -> DestinationState {
    guard FileWalk.absolute(path) != nil else {
      return DestinationState(
        shape: rows.map(mode.columns)?.map { .init($0.name, SQLiteType.form(of: $0.type).type) })
    }
    let store = try SQLiteStore(lookingAt: path, table, bench)
    let session = TableSession(store, mode, for: pipeline)
    defer { session.close() }
    return try session.state(loading: rows)
  }

  /// Opens the file, and makes the tables of ours in it.
  ///
  /// Throws `locked` when another process writes to it, `destinationUnavailable` when it cannot be
  /// opened or made.
  public func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    let store = try SQLiteStore(bench, path, table)
    return TableSession(store, mode, for: pipeline)
  }
}

extension Destination where Self == SQLiteDestination {
  /// A table in a SQLite file.
  public static func sqlite(
    _ path: String, table: String, mode: LoadMode = .append
  ) -> SQLiteDestination {
    SQLiteDestination(path, table: table, mode: mode)
  }
}
