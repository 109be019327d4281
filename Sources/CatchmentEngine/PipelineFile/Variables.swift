public import Catchment

/// Puts values in the place of `${…}` in settings.
///
/// | written | stands for |
/// |---|---|
/// | `${NAME}` | a variable, which must be set |
/// | `${NAME:-value}` | the value when it is not set or empty |
/// | `${NAME:?message}` | an error with the message when it is not set or empty |
/// | `${secret:name}` | a secret, which is never shown |
/// | `$${` | `${` itself |
public struct Variables: Sendable {
  private let values: [String: String]
  private let secrets: Secrets

  /// - Parameter values: variables by name; what the user sets goes before the environment.
  public init(_ values: [String: String], secrets: Secrets) {
    self.values = values
    self.secrets = secrets
  }

  /// The same settings without `${…}`.
  ///
  /// Throws `configuration` with the place of what is not set.
  public func resolve(_ setting: Setting, in file: String) throws(CatchmentError) -> Setting {
    var resolved = setting
    switch setting.value {
    case .text(let text) where text.utf8.contains(UInt8(ascii: "$")):
      return try resolve(text, setting, file)
    case .list(let elements):
      var all: [Setting] = []
      for element in elements { all.append(try resolve(element, in: file)) }
      resolved.value = .list(all)
    case .map(let entries):
      var all: [Setting.Entry] = []
      for var entry in entries {
        entry.setting = try resolve(entry.setting, in: file)
        all.append(entry)
      }
      resolved.value = .map(all)
    default: break
    }
    return resolved
  }

  /// A word without quotes is then what it looks like: `${LIMIT}` may be a number.
  private func resolve(
    _ text: String, _ setting: Setting, _ file: String
  ) throws(CatchmentError) -> Setting {
    var isSecret = setting.isSecret
    let filled = try fill(text, &isSecret) { (message, hint) in
      CatchmentError(
        .configuration, message, at: .init(file: file, setting.place), hint: hint)
    }
    var resolved =
      setting.isQuoted || isSecret
      ? Setting(.text(filled), at: setting.place) : Setting(plain: filled, at: setting.place)
    resolved.isQuoted = setting.isQuoted
    resolved.isSecret = isSecret
    return resolved
  }

  private func fill(
    _ text: String, _ isSecret: inout Bool, _ failure: (String, String?) -> CatchmentError
  ) throws(CatchmentError) -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("$${") {
        result += "${"
        rest = rest.dropFirst(3)
      } else if rest.hasPrefix("${") {
        guard let end = rest.firstIndex(of: "}") else {
          throw failure("\"${\" has no \"}\" behind it", "write $${ for the characters themselves")
        }
        result += try value(of: rest[..<end].dropFirst(2), &isSecret, failure)
        rest = rest[rest.index(after: end)...]
      } else {
        result.append("$")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  private func value(
    of reference: Substring, _ isSecret: inout Bool,
    _ failure: (String, String?) -> CatchmentError
  ) throws(CatchmentError) -> String {
    if reference.hasPrefix("secret:") {
      isSecret = true
      return try secrets.value(of: String(reference.dropFirst("secret:".count)), failure)
    }
    let colon = reference.firstIndex(of: ":") ?? reference.endIndex
    let name = String(reference[..<colon])
    let rest = reference[colon...]
    if let value = values[name], !value.isEmpty || rest.isEmpty { return value }
    if rest.hasPrefix(":-") { return String(rest.dropFirst(2)) }
    if rest.hasPrefix(":?") { throw failure("\(name): \(rest.dropFirst(2))", "set \(name)") }
    guard rest.isEmpty else {
      throw failure(
        "\"${\(reference)}\" is no variable",
        "write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${secret:name}")
    }
    throw failure(
      "the variable \(name) is not set", "set it, or give a default: ${\(name):-value}")
  }
}
