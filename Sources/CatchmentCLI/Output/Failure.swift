import ArgumentParser
import Catchment
import DuckDB

/// Tells a failure in the form that was asked for: words on stderr, or an object on stdout.
struct Failure {
  private let isJSON: Bool
  private let isImport: Bool

  /// Reads the form off the arguments: they may be what could not be understood.
  init(_ arguments: [String]) {
    isJSON = arguments.prefix { $0 != "--" }.contains("--json")
    isImport = arguments.first == "import"
  }

  /// Prints it; the result is the exit code.
  func report(_ error: any Error) -> Int32 {
    switch error {
    case let code as ExitCode: return code.rawValue
    case let error as CatchmentError: return report(error)
    case let interrupted as Interrupted:
      _ = report(interrupted.asError)
      return interrupted.exitCode
    case let error as DuckDBError:
      return report(CatchmentError(.failed, "the engine refused", cause: error.description))
    default: return reportParsing(error)
    }
  }

  private func report(_ failure: CatchmentError) -> Int32 {
    let error = failure.asTyped
    if isJSON {
      Output.line(object(error).description)
    } else {
      Output.note("catchment: \(error.description.safeLines)")
    }
    return error.code.exitCode
  }

  /// Help and the version arrive as errors too; they are what was asked for.
  private func reportParsing(_ error: any Error) -> Int32 {
    let message = CatchmentCommand.fullMessage(for: error)
    let code = CatchmentCommand.exitCode(for: error)
    guard code != .success else {
      Output.line(message)
      return 0
    }
    guard code == .validationFailure else {
      return report(CatchmentError(.failed, CatchmentCommand.message(for: error)))
    }
    if isJSON {
      return report(CatchmentError(.usage, CatchmentCommand.message(for: error)))
    }
    Output.note(message)
    return CatchmentError.Code.usage.exitCode
  }

  private func object(_ error: CatchmentError) -> JSON {
    isImport
      ? JSON(["status": .text("failed"), "error": error.json]) : JSON(["error": error.json])
  }
}

extension CatchmentError {
  /// For scripts.
  var json: JSON {
    let location = location.map { place in
      JSON([
        "file": .text(place.file), "line": .integer(place.line), "column": .integer(place.column),
        "byte": .integer(place.byte),
      ])
    }
    return JSON([
      "code": .text(code.description),
      "class": (errorClass?.rawValue).map(JSON.text) ?? .null,
      "message": .text(cause.map { "\(message): \($0)" } ?? message),
      "location": location ?? .null, "hint": hint.map(JSON.text) ?? .null,
    ])
  }
}
