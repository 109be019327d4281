import ArgumentParser
import Catchment
import CatchmentArchives

struct ExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Unpack an archive into a folder, and nothing outside of it.",
    discussion: """
      Reads ZIP, tar, 7z, and tar or single files compressed by gzip, bzip2, xz or zstd. All members are
      unpacked and checked before the first gets its place; when one is refused, nothing is changed.

      Examples:
        catchment extract county.zip --into county
        catchment extract county.zip --into county --only owners.txt
        catchment extract backup.tar.zst --into backup --skip-links
        catchment extract nested.zip --into all --nested 2 --json
      """)

  @Argument(help: "The archive.", completion: .file())
  var archive: String

  @Option(help: "The folder, which is made when it is not there.", completion: .directory)
  var into: String

  @Option(help: "Only these members. May be repeated.")
  var only: [String] = []

  @Flag(help: "Replace files that are there already.")
  var replace = false

  @OptionGroup var options: ExtractionOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let (archive, into, only, replace) = (archive, into, Set(only), replace)
    let contents = try await options.unpacking { (extractor) throws(CatchmentError) in
      var extractor = extractor
      extractor.isReplacing = replace
      return try extractor.extract(archive, into: into) { only.isEmpty || only.contains($0.path) }
    }
    try check(contents)
    let page = ContentsPage(archive: archive, contents: contents)
    if json.isOn {
      Output.line(page.json(into).description)
    } else if !options.quiet {
      Output.line(page.text("was unpacked into \(into)"))
    }
  }

  private func check(_ contents: Extractor.Contents) throws {
    let found = Set(contents.members.map(\.member.path))
    guard let missing = only.first(where: { !found.contains($0) }) else { return }
    throw CatchmentError(
      .sourceUnavailable, "\(archive) has no member \"\(missing)\"",
      hint: "`\(TypedCommand.name) verify \(archive.shellQuoted) --json` lists them")
  }
}
