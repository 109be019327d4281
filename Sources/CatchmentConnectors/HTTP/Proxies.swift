internal import AsyncHTTPClient
public import Catchment
internal import Foundation

/// The servers that requests go through, as the environment names them for all programs: `http_proxy`,
/// `https_proxy`, `all_proxy`, and in `no_proxy` the hosts that are asked directly.
///
/// The last three are known in capitals too; `HTTP_PROXY` is not, because a web server sets it from what a
/// stranger sends. This machine is always asked directly. Names are as curl reads them: `host:port`, `http://user:password@host:port` or
/// `socks5://host:port`.
public struct Proxies: Sendable {
  private var http: Proxy?
  private var https: Proxy?
  private var exempt: [String] = []

  /// None: servers are asked directly.
  public init() {}

  /// Throws `configuration` for a proxy that is none, without its text, which may hold a password.
  public init(environment: [String: String]) throws(CatchmentError) {
    func proxy(_ names: String...) throws(CatchmentError) -> Proxy? {
      for name in names {
        if let text = environment[name], !text.isEmpty { return try Proxy(text, in: name) }
      }
      return nil
    }
    let other = try proxy("all_proxy", "ALL_PROXY")
    http = try proxy("http_proxy") ?? other
    https = try proxy("https_proxy", "HTTPS_PROXY") ?? other
    exempt = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "").lowercased()
      .split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
  }

  /// Those of this process's environment.
  public static func environment() throws(CatchmentError) -> Proxies {
    try Proxies(environment: ProcessInfo.processInfo.environment)
  }

  /// What a request to a server goes through; nil for nothing.
  func proxy(for address: WebAddress) -> HTTPClient.Configuration.Proxy? {
    let isLocal =
      address.host == "localhost" || address.host == "::1"
      || address.host.hasPrefix("127.")
    let isExempt =
      isLocal
      || exempt.contains { name in
        let domain = name.hasPrefix(".") ? String(name.dropFirst()) : name
        return name == "*" || [domain, "\(domain):\(address.port)"].contains(address.host)
          || domain == "\(address.host):\(address.port)" || address.host.hasSuffix(".\(domain)")
      }
    if isExempt { return nil }
    return (address.scheme == .http ? http : https)?.configuration
  }
}

/// A server that passes requests on.
private struct Proxy: Sendable {
  var isSOCKS = false
  var host: String
  var port: Int
  var user: (name: String, password: String)?

  init(_ text: String, in variable: String) throws(CatchmentError) {
    let parts = URLComponents(string: text.contains("://") ? text : "http://\(text)")
    guard let parts, let host = parts.host, !host.isEmpty, let scheme = parts.scheme,
      ["http", "socks5", "socks5h"].contains(scheme)
    else {
      throw CatchmentError(
        .configuration, "the environment variable \(variable) names no proxy that is known",
        hint: "write it as http://host:port, socks5://host:port or host:port, or unset it")
    }
    isSOCKS = scheme != "http"
    self.host = host.trimmingCharacters(in: ["[", "]"])
    port = parts.port ?? 1080
    if let name = parts.user { user = (name, parts.password ?? "") }
  }

  var configuration: HTTPClient.Configuration.Proxy {
    if isSOCKS { return .socksServer(host: host, port: port) }
    let authorization = user.map {
      HTTPClient.Authorization.basic(username: $0.name, password: $0.password)
    }
    return .server(host: host, port: port, authorization: authorization)
  }
}
