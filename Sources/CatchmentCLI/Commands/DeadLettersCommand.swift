import ArgumentParser

/// The lines that could not be taken.
///
/// Its subcommands are files of their own.
struct DeadLettersCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deadletters",
    abstract: "See the lines that could not be taken, and why.",
    subcommands: [
      DeadLettersListCommand.self, DeadLettersShowCommand.self, DeadLettersRetryCommand.self,
    ])
}
