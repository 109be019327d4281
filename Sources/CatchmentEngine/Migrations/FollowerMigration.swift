public import Catchment

/// Asks for the version of a warehouse that follows a home, and takes it to another.
///
/// The next publication of a newer home takes it up again, and gives columns that are new their
/// values.
public struct FollowerMigration: Sendable {
  private let follower: any Follower
  private let dump: String?
  private let migrations: [Migration]

  /// `dump` is a file that keeps the follower as it is, for one that makes no copy itself.
  public init(_ follower: any Follower, dump: String? = nil) {
    self.init(follower, dump: dump, WarehouseMigrations.all)
  }

  /// With migrations other than those that ship, for tests.
  package init(_ follower: any Follower, dump: String? = nil, _ migrations: [Migration]) {
    self.follower = follower
    self.dump = dump
    self.migrations = migrations
  }

  /// Only reads; copies are not listed.
  public func status() throws(CatchmentError) -> WarehouseMigration.Status {
    let target = FollowerTarget(follower: follower, dump: dump)
    let applied = try target.versions()
    guard let version = applied.last?.version else {
      throw CatchmentError(
        .configuration, "\(target.name) has no tables yet",
        hint: "run `catchment import --warehouse` first")
    }
    let pending = migrator.pending(from: version)
    return .init(version: version, applied: applied, pending: pending, backups: [])
  }

  /// Goes up or down to a version.
  ///
  /// Throws `refused` when no copy can be made and no dump is there, unless that is unwanted.
  public func run(
    to goal: SchemaVersion, _ direction: Migration.Direction, backsUp: Bool = true
  ) throws(CatchmentError) -> Migrator.Outcome {
    if let current = try migrator.current() {
      try direction.check(from: current, to: goal, newest: migrator.newest)
    }
    return try migrator.migrate(to: goal, backsUp: backsUp)
  }

  private var migrator: Migrator {
    Migrator(
      FollowerTarget(follower: follower, dump: dump), from: WarehouseMigrations.baseline, migrations
    )
  }
}
