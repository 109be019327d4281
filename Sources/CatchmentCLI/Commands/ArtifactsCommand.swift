import ArgumentParser

/// The files of conversations.
///
/// Its subcommands are files of their own.
struct ArtifactsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "artifacts",
    abstract: "See the images and other files of conversations, and get their bytes.",
    subcommands: [ArtifactsListCommand.self, ArtifactsGetCommand.self])
}
