import ArgumentParser
import Catchment
import Foundation

/// The command that people and scripts call.
///
/// A new command is a file in `Commands/` and a line in `subcommands`.
@main
struct CatchmentCommand: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "catchment",
    abstract: "Gather AI conversations into a DuckDB warehouse, and ask it anything.",
    discussion: """
      Start here:
        catchment import            find the conversations on this machine and import them
        catchment watch             the same, and again whenever they change
        catchment stats             what they come to
        catchment sql "SELECT …"    ask anything else

      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done in part (see `deadletters list`),
      5 configuration, 6 source unavailable, 7 destination unavailable, 8 locked by another run,
      9 data damaged, 130 and 143 interrupted.
      """,
    version: version,
    subcommands: [
      ImportCommand.self, WatchCommand.self,
      RunCommand.self, PlanCommand.self, TestCommand.self,
      ValidateCommand.self, NotifyCommand.self, DescribeCommand.self,
      InferCommand.self, ProfileCommand.self,
      SQLCommand.self, StatsCommand.self, SearchCommand.self,
      ShowCommand.self, ExportCommand.self, ArtifactsCommand.self,
      ExplainCommand.self, StatusCommand.self, RunsCommand.self, RollbackCommand.self,
      DeadLettersCommand.self,
      RawCommand.self, RebuildCommand.self, MigrateCommand.self, MergeCommand.self,
      DuplicatesCommand.self, DownloadCommand.self, ExtractCommand.self, VerifyCommand.self,
      DoctorCommand.self, CompletionCommand.self,
    ])

  static func main() async {
    // A file that may not grow is then an error like a full disk, which can be told, not a death.
    signal(SIGXFSZ, SIG_IGN)
    Foundation.exit(await run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs the command that the arguments name; the result is the exit code.
  private static func run(_ arguments: [String]) async -> Int32 {
    do {
      var command = try parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return 0
    } catch {
      return Failure(arguments).report(error)
    }
  }
}
