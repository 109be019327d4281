internal import Catchment

/// How servers are asked for the files of a source.
struct RemoteAccess: Sendable, Hashable {
  static let headersSummary = """
    Headers that a web server is sent, such as Authorization: Bearer ${secret:token}; no other \
    server gets them.
    """
  static let allowSummary =
    "Hosts that may be redirected to, and may have an address that is not public."

  static let leastRateSummary =
    "A server that sends fewer bytes a second than this, for 30 seconds, is asked anew for the rest."

  var headers = NamedValues<SecretText>()
  var allow: [String] = []
  var s3 = S3Settings()
  var leastRate = ByteSize(LeastRate().bytesPerSecond)
  /// How often a request is tried; nil for as often as downloads are.
  var tries: Int?

  var webHeaders: [(name: String, value: String)] {
    headers.members.map { ($0.name, $0.value.text) }
  }

  /// - Parameter hosts: those that the user names himself, who may be on this machine or its network.
  func options(naming hosts: [String]) throws(CatchmentError) -> Downloader.Options {
    var options = Downloader.Options()
    options.proxies = try .environment()
    options.rules = HostRules(allowed: Set(hosts + allow))
    options.leastRate.bytesPerSecond = leastRate.bytes
    if let tries { options.retry.tries = tries }
    return options
  }
}
