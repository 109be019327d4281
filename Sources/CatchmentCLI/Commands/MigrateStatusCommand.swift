import ArgumentParser
import Catchment
import CatchmentEngine
import DuckDB

struct MigrateStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show the version of the tables, what it came through, and what it lacks.",
    discussion: """
      Only reads.

      Examples:
        catchment migrate status
        catchment migrate status --json
      """)

  @OptionGroup var warehouse: MigratedWarehouse
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let follower = try warehouse.follower()
    let status =
      try follower.map { (follower) throws(CatchmentError) in
        try FollowerMigration(follower).status()
      } ?? WarehouseMigration(home: options.home).status()
    if json.isOn { return Output.line(status.json.description) }
    let place = follower?.location ?? options.home.warehouse
    Output.line("The tables of \(place.safe) are of version \(status.version).")
    for applied in status.applied {
      Output.line("  \(applied.version)  \(applied.appliedAt.minute)  \(applied.description.safe)")
    }
    for migration in status.pending {
      Output.line("  \(migration.version)  not yet           \(migration.description)")
    }
    if !status.pending.isEmpty {
      Output.line("`catchment migrate up` takes them up, and so does the next import.".asTyped)
    }
    for backup in status.backups {
      Output.line("A copy from before: \(backup.path.safe) (\(Figures.bytes(backup.bytes)))")
    }
  }
}

extension WarehouseMigration.Status {
  fileprivate var json: JSON {
    JSON([
      "version": .text(version.description),
      "newest": .text(WarehouseMigrations.newest.description),
      "applied": .array(
        applied.map {
          JSON([
            "version": .text($0.version.description),
            "applied_at": .text(Value.timestampTZ(micros: $0.appliedAt).description),
            "description": .text($0.description),
          ])
        }),
      "pending": .array(
        pending.map {
          JSON(["version": .text($0.version.description), "description": .text($0.description)])
        }),
      "backups": .array(
        backups.map { JSON(["path": .text($0.path), "bytes": .integer($0.bytes)]) }),
    ])
  }
}
