import ArgumentParser
import Catchment
import CatchmentEngine
import Foundation

struct ArtifactsGetCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "get",
    abstract: "Write the bytes of an image or another file.",
    discussion: """
      They are compared with the SHA-256 before the first of them is written. Without --output they
      go to stdout, but not to a terminal.

      Examples:
        catchment artifacts get 1f117ab8 --output cat.png
        catchment artifacts get 1f117ab8 | file -
      """)

  @Argument(
    help: ArgumentHelp(
      "The SHA-256, or the beginning of it when that is one file's alone.", valueName: "sha256"))
  var name: String

  @Option(name: .shortAndLong, help: "The file to write. Default: stdout.")
  var output: String?

  @Flag(help: "Replace the file when it is there.")
  var force = false

  @OptionGroup var options: GlobalOptions

  func run() async throws {
    let artifact = try found()
    if let output {
      if !force, FileManager.default.fileExists(atPath: output) { throw Self.isThere(output) }
    } else if Terminal.Stream.output.isTerminal {
      throw CatchmentError(
        .usage, "a file's bytes are not for a terminal",
        hint: "name a file with --output, or send stdout somewhere else")
    }
    try artifact.verify()
    try write(artifact)
    if let output, !options.quiet {
      Output.note("\(Figures.bytes(artifact.size ?? 0)) written to \(output.safe)")
    }
  }

  private func write(_ artifact: KeptArtifact) throws(CatchmentError) {
    let sink = try ExportSink(output)
    do throws(CatchmentError) {
      try artifact.read { (bytes) throws(CatchmentError) in try sink.write(bytes) }
      try sink.finish()
    } catch {
      sink.abandon()
      throw error
    }
  }

  private func found() throws(CatchmentError) -> KeptArtifact {
    let found = try KeptArtifact.all(beginningWith: name, in: options.home)
    guard let only = found.first else {
      throw CatchmentError(
        .usage, "the raw store has no artifact \(name)",
        hint: "see what there is: `catchment artifacts list\(options.homeArgument)`")
    }
    guard found.count == 1 else {
      let names = found.prefix(3).map(\.sha256).joined(separator: ", ")
      throw CatchmentError(
        .usage, "several artifacts are called \(name)", hint: "give more digits of one of \(names)")
    }
    return only
  }

  private static func isThere(_ path: String) -> CatchmentError {
    CatchmentError(
      .usage, "\(path) is there already",
      hint: "name another file, or replace it with --force")
  }
}
