public import Catchment
internal import Foundation

/// An `http` or `https` URL, taken apart and checked.
///
/// Nothing in it can be a password: a URL with a user is refused, for URLs are shown and kept.
public struct WebAddress: Sendable, Hashable {
  /// How a server is spoken to.
  public enum Scheme: String, Sendable {
    case http, https

    var port: Int { self == .http ? 80 : 443 }
  }

  public let scheme: Scheme
  /// In lowercase; an IPv6 address without its brackets.
  public let host: String
  public let port: Int
  /// As it is sent, percent-encoded; begins with a slash.
  public let path: String
  /// As it is sent, percent-encoded, without its question mark.
  public let query: String?

  /// Takes a URL apart; throws `usage` for one that is none, or that names a user.
  public init(_ text: String) throws(CatchmentError) {
    guard let parts = URLComponents(string: text), let named = parts.host, !named.isEmpty,
      let scheme = parts.scheme.flatMap({ Scheme(rawValue: $0.lowercased()) })
    else {
      throw CatchmentError(
        .usage, "\"\(text.prefix { $0 != "?" })\" is no URL of a file",
        hint: "write it as https://host/path")
    }
    guard parts.user == nil, parts.password == nil else {
      throw CatchmentError(
        .usage, "the URL of \(named) names a user",
        hint: "give credentials by the environment, not in a URL: it is shown and kept")
    }
    self.scheme = scheme
    host = named.lowercased().trimmingCharacters(in: ["[", "]"])
    port = parts.port ?? scheme.port
    path = parts.percentEncodedPath.isEmpty ? "/" : parts.percentEncodedPath
    query = parts.percentEncodedQuery
  }

  /// Where a redirect leads: a URL, or a path on the same server.
  func following(_ location: String) throws(CatchmentError) -> WebAddress {
    guard let base = URL(string: text), let next = URL(string: location, relativeTo: base) else {
      throw CatchmentError(.sourceUnavailable, "\(host) redirects to \"\(location)\", no URL")
    }
    return try WebAddress(next.absoluteString)
  }

  /// The URL without a fragment.
  public var text: String {
    "\(scheme.rawValue)://\(authority)\(path)\(query.map { "?\($0)" } ?? "")"
  }

  /// The URL as people may see it and as it may be kept: without the values of what may be a key, and
  /// without what differs each time a URL is signed.
  public var shown: String {
    let parts = query?.split(separator: "&", omittingEmptySubsequences: false) ?? []
    let kept = parts.compactMap { part -> String? in
      let name = part.prefix { $0 != "=" }.lowercased()
      if name.hasPrefix("x-amz-") || name.hasPrefix("x-goog-") { return nil }
      let isSecret = Self.secretNames.contains { name.contains($0) } || name == "sig"
      return isSecret ? "\(part.prefix { $0 != "=" })=***" : String(part)
    }
    let end = kept.isEmpty ? "" : "?\(kept.joined(separator: "&"))"
    return "\(scheme.rawValue)://\(authority)\(path)\(end)"
  }

  private static let secretNames = [
    "key", "token", "secret", "password", "passwd", "signature", "credential", "auth",
  ]

  /// The host, with its port when that is another than the usual one: what `Host` says.
  public var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == scheme.port ? name : "\(name):\(port)"
  }

  /// The last part of the path, decoded; nil when that cannot be the name of a file.
  public var fileName: String? {
    let last = path.split(separator: "/").last.map(String.init) ?? ""
    guard let name = last.removingPercentEncoding, !["", ".", ".."].contains(name),
      !name.unicodeScalars.contains(where: { $0 == "/" || $0.value < 0x20 || $0.value == 0x7f })
    else { return nil }
    return name
  }
}
