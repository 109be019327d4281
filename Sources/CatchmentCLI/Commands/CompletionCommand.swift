import ArgumentParser
import Catchment

struct CompletionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion",
    abstract: "Print a script that completes commands and options in a shell.",
    discussion: """
      Examples:
        catchment completion bash > ~/.local/share/bash-completion/completions/catchment
        catchment completion zsh > "${fpath[1]}/_catchment"
        catchment completion fish > ~/.config/fish/completions/catchment.fish
      """)

  enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

  @Argument(help: "The shell.")
  var shell: Shell

  func run() async throws {
    let target: CompletionShell =
      switch shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    Output.line(CatchmentCommand.completionScript(for: target))
  }
}
