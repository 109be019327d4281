import ArgumentParser
import Catchment
import CatchmentEngine

struct MigrateDownCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "down",
    abstract: "Take the tables back to an older version, for an older catchment.",
    discussion: """
      What the older version has no place for is dropped; it comes back with `migrate up` and
      `rebuild`, for the raw store keeps everything. A copy of the warehouse is made beside it first.
      The next import of this catchment takes the tables up again.

      Examples:
        catchment migrate down --to 1.0.0
        catchment migrate down --to 1.2.0 --warehouse postgresql://me@db/team --dump team.sql
      """)

  @Option(help: ArgumentHelp("The version to go to.", valueName: "version"))
  var to: VersionArgument

  @OptionGroup var warehouse: MigratedWarehouse
  @OptionGroup var backup: BackupOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    try MigrationRun(options, json).run(to: to.version, .down, of: warehouse, backup)
  }
}
