import ArgumentParser
import Catchment
import CatchmentArchives

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read an archive to its end and check it, without unpacking it.",
    discussion: """
      Checks each member's checksum and name and what the archive comes to, and writes nothing.

      Examples:
        catchment verify county.zip
        catchment verify county.zip --json
        catchment verify nested.zip --nested 2
      """)

  @Argument(help: "The archive.", completion: .file())
  var archive: String

  @OptionGroup var options: ExtractionOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let archive = archive
    let contents = try await options.unpacking { (extractor) throws(CatchmentError) in
      try extractor.verify(archive)
    }
    let page = ContentsPage(archive: archive, contents: contents)
    if json.isOn {
      Output.line(page.json().description)
    } else if !options.quiet {
      Output.line(page.text("is whole"))
    }
  }
}
