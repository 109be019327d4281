import ArgumentParser
import Catchment
import CatchmentEngine

struct MigrateUpCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "up",
    abstract: "Take the tables to the newest version, or to the one given.",
    discussion: """
      A copy of the warehouse is made beside it first, and named. Each migration is one transaction:
      when one fails or the process is killed, the tables are as they were before it.

      Examples:
        catchment migrate up
        catchment migrate up --to 1.1.0 --json
        catchment migrate up --warehouse sqlite:talks.db
      """)

  @Option(help: ArgumentHelp("The version to go to. (default: the newest)", valueName: "version"))
  var to: VersionArgument?

  @OptionGroup var warehouse: MigratedWarehouse
  @OptionGroup var backup: BackupOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    try MigrationRun(options, json).run(
      to: to?.version ?? WarehouseMigrations.newest, .up, of: warehouse, backup)
  }
}
