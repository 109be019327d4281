internal import Catchment
internal import Foundation

/// A URL of libpq with what Catchment adds, taken apart.
struct PostgreSQLURL: Sendable {
  /// What libpq is given: the URL without Catchment's parameters.
  let connection: String
  /// The same without a password, for people.
  let shown: String
  let schema: String
  let adopts: Bool
  private let secrets: [String]

  init(_ text: String) throws(CatchmentError) {
    let (base, query) = Self.cut(text, at: "?")
    var schema = "public"
    var adopts = false
    var secrets: [String] = []
    var kept: [String] = []
    var shown: [String] = []
    for parameter in query?.split(separator: "&") ?? [] {
      let (name, value) = Self.cut(String(parameter), at: "=")
      let plain = value?.removingPercentEncoding ?? ""
      switch name {
      case "schema":
        schema = plain
        shown.append(String(parameter))
      case "adopt": adopts = try Self.flag(plain)
      case "password", "sslpassword":
        secrets += [value ?? "", plain]
        kept.append(String(parameter))
      default:
        kept.append(String(parameter))
        shown.append(String(parameter))
      }
    }
    let authority = Self.withoutPassword(base)
    self.schema = schema
    self.adopts = adopts
    self.secrets = (secrets + authority.secrets).filter { !$0.isEmpty }
    connection = Self.joined(base, kept)
    self.shown = Self.joined(authority.text, shown)
    guard !schema.isEmpty, !schema.utf8.contains(0), schema.utf8.count < 64 else {
      throw CatchmentError(
        .configuration, "the schema in \(self.shown) is no name",
        hint: "name one as in ?schema=talks, of at most 63 bytes")
    }
  }

  /// What users are told of it.
  static let summary = """
    The database, as postgresql://user@host/database?schema=name. A password belongs into \
    PGPASSWORD, ~/.pgpass or a ${secret:name}.
    """

  /// Throws when an option's text is no URL of a database.
  static func check(_ text: String) throws(OptionError) {
    guard ["postgresql://", "postgres://"].contains(where: text.hasPrefix) else {
      throw OptionError("needs a url that begins with postgresql://")
    }
    do throws(CatchmentError) { _ = try PostgreSQLURL(text) } catch {
      throw OptionError("has a wrong url: \(error.message)")
    }
  }

  /// A message of libpq or the server, without a password that it may repeat.
  func scrubbed(_ message: String) -> String {
    secrets.sorted { $0.count > $1.count }.reduce(message) { $0.replacing($1, with: "***") }
  }

  private static func flag(_ text: String) throws(CatchmentError) -> Bool {
    switch text {
    case "yes", "true", "1": true
    case "no", "false", "0": false
    default:
      throw CatchmentError(
        .configuration, "adopt in the warehouse's URL is neither yes nor no", hint: "say adopt=yes")
    }
  }

  /// The user's part ends at the last `@` before the path: a password need not be well written.
  private static func withoutPassword(_ base: String) -> (text: String, secrets: [String]) {
    guard let scheme = base.range(of: "://") else { return (base, []) }
    let rest = base[scheme.upperBound...]
    let path = rest.lastIndex(of: "/") ?? rest.endIndex
    guard let at = rest[..<path].lastIndex(of: "@") ?? rest.lastIndex(of: "@"),
      let colon = rest[..<at].firstIndex(of: ":")
    else { return (base, []) }
    let password = String(rest[rest.index(after: colon)..<at])
    return (
      "\(base[..<colon])\(rest[at...])", [password, password.removingPercentEncoding ?? ""]
    )
  }

  private static func joined(_ base: String, _ parameters: [String]) -> String {
    parameters.isEmpty ? base : "\(base)?\(parameters.joined(separator: "&"))"
  }

  private static func cut(_ text: String, at mark: Character) -> (String, String?) {
    guard let place = text.firstIndex(of: mark) else { return (text, nil) }
    return (String(text[..<place]), String(text[text.index(after: place)...]))
  }
}
