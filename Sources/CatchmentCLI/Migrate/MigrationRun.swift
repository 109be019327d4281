import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine
import DuckDB

/// A migration that a person or a script asked for.
struct MigrationRun {
  private let options: GlobalOptions
  private let json: JSONOption

  init(_ options: GlobalOptions, _ json: JSONOption) {
    self.options = options
    self.json = json
  }

  func run(
    to goal: SchemaVersion, _ direction: Migration.Direction, of warehouse: MigratedWarehouse,
    _ backup: BackupOption
  ) throws {
    let outcome =
      if let follower = try warehouse.follower() {
        try FollowerMigration(follower, dump: backup.dump)
          .run(to: goal, direction, backsUp: backup.isWanted)
      } else {
        try WarehouseMigration(
          home: options.home, views: try options.sources().views,
          options: .init(memory: options.memory.bytes, threads: options.threadCount)
        ).run(to: goal, direction, backsUp: backup.isWanted)
      }
    if json.isOn { return Output.line(outcome.json.description) }
    guard !outcome.applied.isEmpty else {
      return Output.line("The tables are of version \(outcome.to) already.")
    }
    Output.line("The tables went from version \(outcome.from) to \(outcome.to).")
    if let backup = outcome.backup {
      Output.line("As they were before, they are in \(backup.safe).")
    }
  }
}

/// Whether a copy is made first.
struct BackupOption: ParsableArguments {
  @Flag(name: .customLong("no-backup"), help: "Make no copy first: there is one already.")
  var isUnwanted = false

  @Option(
    help: ArgumentHelp(
      "A dump that pg_dump made of a PostgreSQL warehouse, which is not migrated without one.",
      valueName: "file"), completion: .file())
  var dump: String?

  var isWanted: Bool { !isUnwanted }
}

/// Whose tables are meant: the home's own, unless another is named.
///
/// Neither the environment nor a file names one here: what is changed is what was typed.
struct MigratedWarehouse: ParsableArguments {
  @Option(
    name: .customLong("warehouse"),
    help: ArgumentHelp(
      "A PostgreSQL or SQLite warehouse that follows a home. (default: the home's own)",
      valueName: "url"))
  var url: String?

  func follower() throws(CatchmentError) -> (any Follower)? {
    try url.flatMap { (url) throws(CatchmentError) in try Catalogue.follower(url) }
  }
}

/// A version of the tables as people write it: `1.1.0`.
struct VersionArgument: ExpressibleByArgument {
  let version: SchemaVersion

  init?(argument: String) {
    guard let version = SchemaVersion(argument) else { return nil }
    self.version = version
  }
}

extension Migrator.Outcome {
  fileprivate var json: JSON {
    JSON([
      "status": .text("done"), "from": .text(from.description), "to": .text(to.description),
      "applied": .array(applied.map { .text($0.description) }),
      "backup": backup.map(JSON.text) ?? .null,
    ])
  }
}

extension Int64 {
  /// `2026-11-21 06:15`, of microseconds since 1970.
  var minute: String { Value.timestampTZ(micros: self).minute }
}
