public import Catchment
internal import DuckDB

/// A table in a DuckDB file.
///
/// Beside the user's table the file gets a schema `catchment` with the runs, the commit markers, the
/// dead letters and the undo log; the table itself gets no column of ours.
public struct DuckDBDestination: Destination, Configurable {
  public static let kind = "duckdb"
  public static let summary = "A table in a DuckDB file."
  public static var options: [StepOption<DuckDBDestination>] {
    [
      .required("path", \.path, "The file; it is made when it is not there."),
      .required("table", \.table, "The table; it is made when it is not there."),
      .optional(
        "readable_from", \.oldestReader,
        "The oldest version of DuckDB that can read the file, when the file is made."),
    ] + LoadSettings.options(\.loading)
  }

  private var path = ""
  private var table = ""
  private var oldestReader = EngineVersion.default
  private var loading = LoadSettings()
  /// What becomes of the rows that the table holds; `append` when nothing is said.
  public var mode: LoadMode { loading.mode }
  public var name: String { Self.kind }
  public var sharesCommits: Bool { true }

  public init() {}

  public mutating func locate(in directory: String) {
    path = Path.joined(path, to: directory)
  }

  public func check() throws(OptionError) { try loading.check() }

  /// A table in the file at `path`; the file is made when it is not there, its directory is not.
  public init(_ path: String, table: String, mode: LoadMode = .append) {
    self.path = path
    self.table = table
    loading = LoadSettings(mode)
  }

  /// The file by its absolute path, as far as it can be told, so that it is one place from wherever
  /// it is named.
  public var location: String {
    "duckdb:\(Path.absolute(path) ?? path):\(table)"
  }

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
      return DestinationState(shape: rows.map(mode.columns))
    }
    do throws(DuckDBError) {
      try bench.connection.execute(
        "ATTACH \(SQL.literal(path)) AS \(DuckDBStore.catalog) (TYPE duckdb, READ_ONLY)")
    } catch {
      throw .destination(error, path)
    }
    let session = TableSession(DuckDBStore(bench, path, table), mode, for: pipeline)
    defer { session.close() }
    return try session.state(loading: rows)
  }

  /// Attaches the file to the bench, and makes the schema `catchment` in it.
  ///
  /// Of a file that is none of its own, such as CSV, the engine would make a database in memory.
  ///
  /// Throws `locked` when another process has the file open, `destinationUnavailable` when it
  /// cannot be opened or made.
  public func open(
    for pipeline: String, in bench: Workbench
  ) throws(CatchmentError) -> any DestinationSession {
    // The engine refuses to open a file as an older one than it is.
    let version =
      FileWalk.absolute(path) == nil ? "STORAGE_VERSION \(SQL.literal(oldestReader.text)), " : ""
    do throws(DuckDBError) {
      try bench.connection.execute(
        """
        ATTACH \(SQL.literal(path)) AS \(DuckDBStore.catalog) (
          TYPE duckdb, \(version)ROW_GROUP_SIZE \(Self.rowGroup(within: bench.memory)))
        """)
      try bench.connection.execute(DuckDBStore.creation)
    } catch {
      throw .destination(error, path)
    }
    let store = DuckDBStore(bench, path, table)
    try store.completeLog()
    return TableSession(store, mode, for: pipeline)
  }

  /// How many rows are written together: the engine's own number, unless so many of a wide table are more
  /// than it may hold.
  private static func rowGroup(within memory: Int) -> Int {
    memory < 256 << 20 ? 30_720 : 122_880
  }
}

/// A version of DuckDB: `v1.4.0`.
struct EngineVersion: OptionValue, Hashable {
  let text: String

  /// The oldest that is still looked after; it writes long and repeated texts quicker than those before.
  static let `default` = EngineVersion(text: "v1.4.0")

  private init(text: String) { self.text = text }

  init(_ setting: Setting) throws(OptionError) {
    let text = try String(setting)
    let parts = text.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    guard text.first == "v", parts.count == 3, parts.allSatisfy({ UInt16($0) != nil }) else {
      throw .expected("a version such as v1.4.0", not: setting)
    }
    self.text = text
  }

  var setting: Setting { text.setting }
  static var schema: Setting { String.schema }
}

extension Destination where Self == DuckDBDestination {
  /// A table in a DuckDB file.
  public static func duckdb(
    _ path: String, table: String, mode: LoadMode = .append
  ) -> DuckDBDestination {
    DuckDBDestination(path, table: table, mode: mode)
  }
}

extension CatchmentError {
  /// What the engine said, as a failure of a DuckDB file that is loaded into.
  static func destination(_ error: DuckDBError, _ path: String) -> CatchmentError {
    switch error.code {
    case .locked:
      let holder = error.holder.map { "process \($0)" } ?? "another process"
      return CatchmentError(
        .locked, "\(path) is held by \(holder)", hint: "wait until it is done, or stop it",
        cause: error.message)
    case .interrupted:
      return CatchmentError(.interrupted, "interrupted", cause: error.message)
    case .constraint, .conversion:
      return CatchmentError(
        .validation, "the rows do not fit the table in \(path); nothing was loaded",
        cause: error.message)
    default:
      return CatchmentError(
        .destinationUnavailable, "\(path) cannot be written to",
        hint: "check that its directory is there, that it may be written to, and the free space",
        cause: error.message)
    }
  }
}
