import ArgumentParser
import Catchment
import CatchmentEngine
import Foundation

/// What every command understands.
struct GlobalOptions: ParsableArguments {
  @Option(
    name: .customLong("home"),
    help: ArgumentHelp(
      "Where the data lies. (default: $CATCHMENT_HOME, else ~/.catchment)", valueName: "folder"))
  var homePath: String?

  @Option(help: ArgumentHelp("The most memory to use, such as 512MiB or 2GB.", valueName: "size"))
  var memory = ByteSize(512 << 20)

  @Option(help: ArgumentHelp("How many threads work. (default: one a processor, 8 at most)"))
  var threads: Int?

  @Flag(name: .shortAndLong, help: "Say nothing beside the data and errors.")
  var quiet = false

  @Flag(name: .customLong("no-color"), help: "Print without colours, as with NO_COLOR set.")
  var noColor = false

  var home: Home { Home.resolve(homePath, environment: environment) }
  var environment: [String: String] { ProcessInfo.processInfo.environment }

  var threadCount: Int {
    threads ?? min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 8)
  }

  /// Colours for what goes to stdout.
  var style: Style { Style(.output, isAllowed: !noColor, environment: environment) }

  /// What a person has to type for another command to find the same home.
  var homeArgument: String { homePath.map { " --home \($0.shellQuoted)" } ?? "" }

  /// Tells the user, beside the data, what was found out of order and put right.
  func tell(_ notes: [String]) {
    guard !quiet else { return }
    for note in notes { Output.note("note: \(note.safe)") }
  }

  func validate() throws {
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads is \(threads); it must be from 1 to 256.")
    }
    guard memory.bytes >= 128 << 20 else {
      throw ValidationError("--memory is \(memory); it must be at least 128MiB.")
    }
    if homePath?.isEmpty == true { throw ValidationError("--home is empty.") }
  }
}

/// The form that scripts read.
struct JSONOption: ParsableArguments {
  @Flag(name: .customLong("json"), help: "Print JSON on stdout, for scripts.")
  var isOn = false
}
