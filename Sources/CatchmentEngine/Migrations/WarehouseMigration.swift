public import Catchment

/// Asks for the version of a home's warehouse, and takes it to another.
///
/// ```swift
/// let migration = WarehouseMigration(home: home)
/// if try migration.status().pending.isEmpty == false {
///   print(try migration.run(to: WarehouseMigrations.newest).backup ?? "")
/// }
/// ```
public struct WarehouseMigration: Sendable {
  /// What a warehouse has been through, and what it lacks.
  public struct Status: Sendable {
    /// The version of its tables.
    public var version: SchemaVersion
    /// What `schema_versions` lists, the lowest first.
    public var applied: [AppliedVersion]
    /// The migrations that it lacks.
    public var pending: [Migration]
    /// Copies from before migrations that lie beside it, the oldest first.
    public var backups: [Backup]

    /// A copy of the warehouse.
    public struct Backup: Sendable, Equatable {
      public var path: String
      public var bytes: Int64
    }
  }

  private let home: Home
  private let views: [View]
  private let options: Importer.Options
  private let migrations: [Migration]

  /// `views` are made when the newest version is reached.
  public init(home: Home, views: [View] = [], options: Importer.Options = .init()) {
    self.init(home: home, views: views, options: options, WarehouseMigrations.all)
  }

  /// With migrations other than those that ship, for tests.
  init(
    home: Home, views: [View] = [], options: Importer.Options = .init(), _ migrations: [Migration]
  ) {
    self.home = home
    self.views = views
    self.options = options
    self.migrations = migrations
  }

  /// Only reads.
  public func status() throws(CatchmentError) -> Status {
    try withTarget(isReadOnly: true) { (target, _) throws(CatchmentError) in
      let applied = try target.versions()
      guard let version = applied.last?.version else {
        throw CatchmentError(
          .configuration, "\(target.name) has no tables yet", hint: "run `catchment import` first")
      }
      let pending = migrator(target).pending(from: version)
      return Status(
        version: version, applied: applied, pending: pending,
        backups: try WarehouseBackup(of: home.warehouse).all().map {
          .init(path: $0, bytes: Unit.Fingerprint.current(of: $0)?.size ?? 0)
        })
    }
  }

  /// Goes up or down to a version; a copy of the warehouse is made before, unless it is unwanted.
  ///
  /// Throws `locked` while another run writes to the home, and `refused` when the version lies the
  /// other way than `direction`.
  public func run(
    to goal: SchemaVersion, _ direction: Migration.Direction? = nil, backsUp: Bool = true
  ) throws(CatchmentError) -> Migrator.Outcome {
    let lock = try HomeLock(home)
    defer { lock.release() }
    return try withTarget(isReadOnly: false) { (target, warehouse) throws(CatchmentError) in
      let migrator = migrator(target)
      if let direction, let current = try migrator.current() {
        try direction.check(from: current, to: goal, newest: WarehouseMigrations.newest)
      }
      let outcome = try migrator.migrate(to: goal, backsUp: backsUp)
      if outcome.to == migrator.newest {
        try target.refresh(views)
        try warehouse.note(try Machine.own(of: home), sources: [])
      }
      return outcome
    }
  }

  private func migrator(_ target: WarehouseTarget) -> Migrator {
    Migrator(target, from: WarehouseMigrations.baseline, migrations)
  }

  private func withTarget<R>(
    isReadOnly: Bool, _ body: (WarehouseTarget, Warehouse) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    guard Unit.Fingerprint.current(of: home.warehouse) != nil else {
      throw CatchmentError(
        .configuration, "there is no warehouse in \(home.path) yet",
        hint: "run `catchment import` first, or name another --home")
    }
    var settings = Warehouse.Options(
      memory: max(options.memory / 2, 64 << 20), threads: options.threads,
      spill: isReadOnly ? "" : home.spill, isReadOnly: isReadOnly)
    settings.isAsStored = true
    let warehouse = try Warehouse(path: home.warehouse, sourceTables: [], options: settings)
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    return try body(
      WarehouseTarget(
        path: home.warehouse, connection: connection,
        attachment: WarehouseOpening.attachment(of: home.warehouse)), warehouse)
  }
}

extension Migration.Direction {
  /// Throws `refused` when a version lies the other way; one that is not known is for the migrator
  /// to refuse.
  func check(
    from current: SchemaVersion, to goal: SchemaVersion, newest: SchemaVersion
  ) throws(CatchmentError) {
    let (isOtherWay, other) = self == .up ? (current > goal, "down") : (current < goal, "up")
    guard isOtherWay, current <= newest else { return }
    throw CatchmentError(
      .refused, "the tables are of version \(current), and \(goal) is \(other) from there",
      hint: "`catchment migrate \(other) --to \(goal)` goes there")
  }
}
