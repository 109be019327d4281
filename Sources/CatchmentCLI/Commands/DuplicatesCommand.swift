import ArgumentParser

/// Conversations that hold the same talk as others.
///
/// Its subcommands are files of their own.
struct DuplicatesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "duplicates",
    abstract: "See which conversations hold the same talk, why, and take it back.",
    subcommands: [
      DuplicatesListCommand.self, DuplicatesExplainCommand.self, DuplicatesFindCommand.self,
      DuplicatesUndoCommand.self, DuplicatesRedoCommand.self,
    ])
}
