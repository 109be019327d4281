/// Takes a database from one version of the tables to another, a migration at a time.
///
/// ```swift
/// let migrator = Migrator(target, from: SchemaVersion(1, 0, 0), migrations)
/// let outcome = try migrator.migrate(to: migrator.newest)
/// print(outcome.from, outcome.to, outcome.backup ?? "no backup")
/// ```
public struct Migrator {
  private let target: any MigrationTarget
  private let baseline: SchemaVersion
  private let migrations: [Migration]

  /// `migrations` lead up from the `baseline`, one version after another.
  public init(
    _ target: any MigrationTarget, from baseline: SchemaVersion, _ migrations: [Migration]
  ) {
    self.target = target
    self.baseline = baseline
    self.migrations = migrations
  }

  /// The version that all migrations lead up to.
  public var newest: SchemaVersion { migrations.last?.version ?? baseline }

  /// What was done to get from one version to another.
  public struct Outcome: Sendable, Equatable {
    public var from: SchemaVersion
    public var to: SchemaVersion
    /// The migrations' versions, in the order in which they were gone through.
    public var applied: [SchemaVersion] = []
    /// Where everything is as it was before; nil when nothing was done, or no backup was wanted.
    public var backup: String?
  }

  /// The version of the tables; nil when there are none yet.
  public func current() throws(CatchmentError) -> SchemaVersion? {
    try target.versions().last?.version
  }

  /// The migrations that a database of this version lacks.
  public func pending(from version: SchemaVersion) -> [Migration] {
    migrations.filter { $0.version > version }
  }

  /// Goes up or down to a version, with a backup before the first step.
  ///
  /// Each migration is a transaction; when one fails, those before it stay. Throws `configuration`
  /// when the tables are newer than every migration that is known here.
  public func migrate(
    to goal: SchemaVersion, backsUp: Bool = true
  ) throws(CatchmentError) -> Outcome {
    guard let current = try current() else {
      throw CatchmentError(
        .configuration, "\(target.name) has no tables yet", hint: "run `catchment import` first")
    }
    try check(current)
    try check(goal: goal)
    var outcome = Outcome(from: current, to: current)
    let path = path(from: current, to: goal)
    guard !path.isEmpty else { return outcome }
    if backsUp { outcome.backup = try target.backUp(current) }
    let direction: Migration.Direction = goal > current ? .up : .down
    for migration in path {
      do throws(CatchmentError) {
        try target.apply(migration, direction)
      } catch {
        throw error.stopped(at: outcome, target.name)
      }
      outcome.applied.append(migration.version)
      outcome.to = direction == .up ? migration.version : below(migration.version)
    }
    return outcome
  }

  /// Throws when the tables are of a version that is not known here.
  public func check(_ current: SchemaVersion) throws(CatchmentError) {
    guard current > newest else { return }
    throw CatchmentError(
      .configuration,
      "\(target.name) has tables of version \(current), newer than this program's \(newest)",
      hint: "use the catchment that wrote it, or a newer one; that one can take the tables back "
        + "with `catchment migrate down --to \(newest)`")
  }

  private func check(goal: SchemaVersion) throws(CatchmentError) {
    let known = [baseline] + migrations.map(\.version)
    guard known.contains(goal) else {
      throw CatchmentError(
        .usage, "there is no version \(goal) of the tables",
        hint: "the versions are \(known.map(\.description).joined(separator: ", "))")
    }
  }

  private func path(from current: SchemaVersion, to goal: SchemaVersion) -> [Migration] {
    goal > current
      ? migrations.filter { $0.version > current && $0.version <= goal }
      : migrations.filter { $0.version > goal && $0.version <= current }.reversed()
  }

  private func below(_ version: SchemaVersion) -> SchemaVersion {
    migrations.last { $0.version < version }?.version ?? baseline
  }
}

extension CatchmentError {
  /// Says which version a database was left in by a migration that failed.
  fileprivate func stopped(at outcome: Migrator.Outcome, _ name: String) -> CatchmentError {
    var error = self
    let backup = outcome.backup.map { "; a copy from before is \($0)" } ?? ""
    error.message += "; the tables of \(name) stay in version \(outcome.to)\(backup)"
    return error
  }
}
