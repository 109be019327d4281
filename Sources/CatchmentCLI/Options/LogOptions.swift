import ArgumentParser
import Catchment
import CatchmentEngine
import Logging

/// The log that a run keeps of itself, for machines.
struct LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log"),
    help: ArgumentHelp(
      "Add a log to this file, a JSON object a line; \"-\" is standard error.", valueName: "file"),
    completion: .file())
  var path: String?

  @Option(name: .customLong("log-level"), help: "The least that is worth a line.")
  var level = LogLevel.info

  /// Whether the log is printed where progress would be shown.
  var isOnStandardError: Bool { path == "-" }

  func logger() throws(CatchmentError) -> Logger {
    guard let path else { return .silent }
    let write: @Sendable (String) -> Void
    if path == "-" {
      write = { Output.status($0) }
    } else {
      let file = try LogFile(path)
      write = { file.write($0) }
    }
    let handler = JSONLogHandler(level: level.level, write: write)
    return Logger(label: "catchment") { _ in handler }
  }

  func validate() throws {
    if path?.isEmpty == true { throw ValidationError("--log is empty.") }
  }
}

/// How much a log tells.
enum LogLevel: String, CaseIterable, ExpressibleByArgument {
  case debug, info, warning, error

  fileprivate var level: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .warning: .warning
    case .error: .error
    }
  }
}
