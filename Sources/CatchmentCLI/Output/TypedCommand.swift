import Catchment
import Foundation

/// The command as the user typed it, for what is suggested to be typed next.
///
/// The launcher in a checkout passes it on as `CATCHMENT_COMMAND`.
enum TypedCommand {
  static let name =
    (ProcessInfo.processInfo.environment["CATCHMENT_COMMAND"] ?? "catchment").shellQuoted
}

extension String {
  /// With the commands between backquotes as the user would type them.
  var asTyped: String { replacing("`catchment ", with: "`\(TypedCommand.name) ") }
}

extension CatchmentError {
  /// The same, with such commands in its hint.
  var asTyped: CatchmentError {
    var error = self
    error.hint = hint?.asTyped
    return error
  }
}
