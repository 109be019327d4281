internal import Catchment
internal import Foundation

/// Where a mail server is, and whether it is spoken to in secret from the first byte.
struct MailServer: Sendable, Hashable {
  let isEncrypted: Bool
  let host: String
  let port: Int

  /// Throws what is wrong with a URL, without what may be a password in it.
  init(_ url: String) throws(OptionError) {
    guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
      ["smtp", "smtps"].contains(scheme), let host = parts.host, !host.isEmpty,
      ["", "/"].contains(parts.path), parts.query == nil
    else { throw OptionError("needs a url such as smtp://host:587 or smtps://host") }
    guard parts.user == nil, parts.password == nil else {
      throw OptionError("has a user in its url; give user and password as options of their own")
    }
    isEncrypted = scheme == "smtps"
    self.host = host.lowercased().trimmingCharacters(in: ["[", "]"])
    port = parts.port ?? (isEncrypted ? 465 : 25)
  }

  var shown: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// The address of a mailbox, without a name.
enum MailAddress {
  /// Whether it can stand in a letter's head and in what a server is told, without ending either.
  static func isValid(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
      && text.utf8.allSatisfy { (0x21..<0x7f).contains($0) && !forbidden.contains($0) }
  }

  private static let forbidden = Set("<>()[]\\,;:\"".utf8)
}
