internal import AsyncHTTPClient
internal import Catchment
internal import NIOHTTP1

/// Where a request goes when servers send it elsewhere, as far as the rules allow it.
struct RedirectChain {
  /// Where it goes now.
  private(set) var address: WebAddress
  private let first: WebAddress
  private let rules: HostRules
  private var left = 5

  init(from address: WebAddress, _ rules: HostRules) {
    first = address
    self.address = address
    self.rules = rules
  }

  /// Whether the one who is asked now may be given credentials.
  var isAtHome: Bool { address.authority == first.authority && address.scheme == first.scheme }

  /// Whether the answer sends the request elsewhere; throws when it must not go there.
  mutating func follows(
    _ status: HTTPResponseStatus, _ headers: HTTPHeaders
  ) throws(CatchmentError) -> Bool {
    guard [301, 302, 303, 307, 308].contains(status.code),
      let location = headers.first(name: "location")
    else { return false }
    guard left > 0 else {
      throw CatchmentError(.sourceUnavailable, "\(first.shown) redirects more than 5 times")
    }
    left -= 1
    let next = try address.following(location)
    try rules.checkRedirect(from: address, to: next)
    address = next
    return true
  }
}
