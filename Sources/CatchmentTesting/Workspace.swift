public import Catchment
public import CatchmentEngine
public import DuckDB
internal import FoundationEssentials

/// Files and a home of their own, for a test that imports and looks at the tables.
///
/// ```swift
/// let work = try Workspace(MySource())
/// try work.files.write(text, to: "a.jsonl")
/// try await work.importAll()
/// #expect(try work.rows("SELECT count(*) FROM messages") == [[.integer(1)]])
/// ```
public final class Workspace: Sendable {
  /// What `importAll` imports: tests write their files here.
  public let files: TemporaryDirectory
  /// The one source that files are recognised by.
  public let source: any Source
  private let homeDirectory: TemporaryDirectory

  /// Workspaces may share their files.
  public init(_ source: any Source, files: TemporaryDirectory? = nil) throws {
    self.source = source
    self.files = try files ?? TemporaryDirectory()
    homeDirectory = try TemporaryDirectory()
  }

  /// A home of its own, in another directory than the files.
  public var home: Home { Home(homeDirectory.path) }

  /// Another home that is now as this one, over the same files.
  public func copy() throws -> Workspace {
    let other = try Workspace(source, files: files)
    try FileManager.default.removeItem(atPath: other.home.path)
    try FileManager.default.copyItem(atPath: home.path, toPath: other.home.path)
    return other
  }

  /// Imports the workspace's files, or the paths given, as those of a machine.
  @discardableResult
  public func importAll(
    _ paths: [String]? = nil, machine: String? = nil
  ) async throws -> ImportReport {
    let options = Importer.Options(memory: 256 << 20, threads: 2, machine: machine)
    return try await Importer(home: home, sources: [source], options: options)
      .run(paths ?? [files.path])
  }

  /// Takes over what other homes have.
  @discardableResult
  public func merge(_ others: Workspace..., machine: String? = nil) async throws -> MergeReport {
    try await Merge(
      home: home, sources: [source], machine: machine,
      options: .init(memory: 256 << 20, threads: 2)
    ).run(others.map(\.home))
  }

  /// Makes the tables anew from the raw store.
  public func rebuild() async throws {
    _ = try await Rebuild(home: home, sources: [source]).run()
  }

  /// Undoes a run by its id, a beginning of it, its number, or `last`; see `Rollback.run`.
  @discardableResult
  public func rollback(_ run: String, cascade: Bool = false) throws -> RollbackPlan {
    try Rollback(home: home, sources: [source]).run(run, cascade: cascade)
  }

  /// One number a table, to tell whether two workspaces hold the same.
  public func checksums() throws -> Checksums { try Checksums(of: home, sources: [source]) }

  /// The rows that a question to the warehouse gives.
  public func rows(_ sql: String) throws -> [[Value]] {
    let warehouse = try Warehouse(
      path: home.warehouse, sourceTables: source.tables, views: source.views,
      options: .init(memory: 512 << 20, threads: 1, spill: home.spill, isReadOnly: true))
    defer { warehouse.close() }
    return try warehouse.connect().query(sql).rows()
  }

  /// The one number that a question gives.
  public func number(_ sql: String) throws -> Int {
    guard let number = try rows(sql).first?.first?.int64 else {
      throw TestFailure("no number came of: \(sql)")
    }
    return Int(number)
  }

  /// The first column, as text; NULL is nil.
  public func texts(_ sql: String) throws -> [String?] { try rows(sql).map { $0.first?.text } }

  /// The rows of a table that one of two warehouses has and the other has not, as text: what to
  /// print when their checksums differ.
  public func difference(from other: Workspace, in table: String) throws -> [String] {
    let name = table == "raw_records" ? "catchment.\(table)" : "main.\(table)"
    let volatile = source.tables.first { $0.name == table }?.columns.filter(\.isVolatile) ?? []
    let exclude = (["run", "created_at", "attempts", "attempted_at"] + volatile.map(\.name))
      .map { "'\($0)'" }.joined(separator: ", ")
    let columns = "COLUMNS(c -> c NOT IN (\(exclude)))"
    return try rows(
      """
      ATTACH '\(other.home.warehouse)' AS other (READ_ONLY);
      SELECT 'only here: ' || row::VARCHAR FROM (
        SELECT \(columns) FROM \(name) EXCEPT SELECT \(columns) FROM other.\(name)) row
      UNION ALL SELECT 'only there: ' || row::VARCHAR FROM (
        SELECT \(columns) FROM other.\(name) EXCEPT SELECT \(columns) FROM \(name)) row
      """
    ).map { $0.first?.text ?? "" }
  }
}
