public import Catchment

/// A table in a PostgreSQL database, of version 12 or newer.
///
/// Beside the user's table its schema gets tables called `catchment_pipeline_…` with the runs, the
/// commit markers, the dead letters and the undo log; the table itself gets no column of ours.
public struct PostgreSQLDestination: Destination, Configurable {
  public static let kind = "postgresql"
  public static let summary = "A table in a PostgreSQL database."
  public static var options: [StepOption<PostgreSQLDestination>] {
    [
      .required("url", \.url, PostgreSQLURL.summary),
      .required("table", \.table, "The table; it is made when it is not there."),
    ] + LoadSettings.options(\.loading)
  }

  private var url = SecretText("")
  private var table = ""
  private var loading = LoadSettings()
  /// What becomes of the rows that the table holds; `append` when nothing is said.
  public var mode: LoadMode { loading.mode }
  public var name: String { Self.kind }

  public init() {}

  /// A table in the schema that the URL names, which is `public` when it names none.
  public init(_ url: String, table: String, mode: LoadMode = .append) {
    self.url = SecretText(url)
    self.table = table
    loading = LoadSettings(mode)
  }

  public func check() throws(OptionError) {
    try loading.check()
    try PostgreSQLURL.check(url.text)
    guard table.utf8.count < 64 else { throw OptionError("has a table's name of over 63 bytes") }
  }

  /// Without a password, whatever the URL holds.
  public var location: String {
    do throws(CatchmentError) { return "\(try PostgreSQLURL(url.text).shown)#\(table)" } catch {
      return "postgresql#\(table)"
    }
  }

  /// The tables beside those that are loaded are made by the first who comes.
  public var place: String {
    location.split(separator: "#").first.map(String.init) ?? location
  }

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
    let store = try PostgreSQLStore(bench, PostgreSQLURL(url.text), table)
    try store.execute("SET default_transaction_read_only = on")
    let session = TableSession(store, mode, for: pipeline)
    defer { session.close() }
    return try session.state(loading: rows)
  }

  /// Connects, and makes the tables of ours in the schema.
  ///
  /// Throws `destinationUnavailable` when there is no server, `configuration` when it refuses who
  /// asks.
  public func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    let store = try PostgreSQLStore(bench, PostgreSQLURL(url.text), table)
    try store.prepare()
    return TableSession(store, mode, for: pipeline)
  }
}

extension Destination where Self == PostgreSQLDestination {
  /// A table in a PostgreSQL database.
  public static func postgreSQL(
    _ url: String, table: String, mode: LoadMode = .append
  ) -> PostgreSQLDestination {
    PostgreSQLDestination(url, table: table, mode: mode)
  }
}
