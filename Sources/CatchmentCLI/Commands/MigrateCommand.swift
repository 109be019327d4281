import ArgumentParser

/// The versions of the warehouse's tables.
///
/// Its subcommands are files of their own.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "See the version of the tables, and take them to a newer or an older one.",
    discussion: """
      An import takes an older warehouse up by itself. Before anything is changed, a copy of the
      warehouse is made beside it.

      Examples:
        catchment migrate status
        catchment migrate up
        catchment migrate down --to 1.0.0
      """,
    subcommands: [
      MigrateStatusCommand.self, MigrateUpCommand.self, MigrateDownCommand.self,
      MigrateRewriteCommand.self,
    ])
}
