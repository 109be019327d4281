/// A database whose tables have a version and can be taken to another.
public protocol MigrationTarget {
  /// What it is called in messages; without a password.
  var name: String { get }

  /// The versions that its table `schema_versions` lists, the lowest first; none when it has no
  /// tables yet.
  func versions() throws(CatchmentError) -> [AppliedVersion]

  /// Keeps everything as it is now in a place that outlives a power cut, and says where.
  ///
  /// Called once, before the first step. When it throws, nothing is changed.
  func backUp(_ version: SchemaVersion) throws(CatchmentError) -> String

  /// Takes all steps of a migration and notes it in `schema_versions`, in one transaction.
  ///
  /// Killed or failing anywhere, it leaves everything as it was.
  func apply(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError)
}

/// A row of `schema_versions`.
public struct AppliedVersion: Sendable, Hashable {
  public var version: SchemaVersion
  /// Microseconds since 1970.
  public var appliedAt: Int64
  public var description: String
  /// The statements that were run; nil for the version that the tables were made in.
  public var script: String?

  public init(
    version: SchemaVersion, appliedAt: Int64, description: String, script: String?
  ) {
    self.version = version
    self.appliedAt = appliedAt
    self.description = description
    self.script = script
  }

  /// Rows of `schema_versions` in the order of the versions; what is no version is left out.
  public static func sorted(
    _ rows: [(version: String?, appliedAt: Int64?, description: String?, script: String?)]
  ) -> [AppliedVersion] {
    rows.compactMap { row in
      SchemaVersion(row.version ?? "").map {
        AppliedVersion(
          version: $0, appliedAt: row.appliedAt ?? 0, description: row.description ?? "",
          script: row.script)
      }
    }.sorted { $0.version < $1.version }
  }
}
