import ArgumentParser
import Catchment
import CatchmentTransforms
import Foundation

struct ProfileCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Write a page that shows how the values of a file are spread.",
    discussion: """
      For each column its type, histogram, frequent values, missing share, lengths and range; for
      numbers what goes together. The page loads nothing and nothing in it runs, and what is
      sensitive it does not show.

      Examples:
        catchment profile people.csv
        catchment profile people.csv -o people.html --sample all
        catchment profile people.parquet --json
      """)

  @Argument(
    help: "A file, a pattern, a URL, or one with its kind before it, as in csv:data.",
    completion: .file())
  var file: String

  @OptionGroup var looking: SampleOption
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where to write the page. (default: profile.html; nowhere with --json)", valueName: "file"),
    completion: .file())
  var output: String?
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let profile = try await options.withWorkbench { bench in
      let data = try await DataFile(file, sample: looking.sample, in: bench)
      return try Profiler(sample: looking.sample).profile(data.rows, in: bench)
    }
    if json.isOn { Output.line(profile.json.description) }
    guard let path = output ?? (json.isOn ? nil : "profile.html") else { return }
    try write(ProfilePage(title: Path.name(of: file), profile: profile).html, to: path)
    if !options.quiet { Output.note("Wrote \(path.safe)") }
  }

  private func write(_ page: String, to path: String) throws(CatchmentError) {
    do { try Data(page.utf8).write(to: URL(filePath: path), options: .atomic) } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(path) cannot be written", cause: error.localizedDescription)
    }
  }
}
