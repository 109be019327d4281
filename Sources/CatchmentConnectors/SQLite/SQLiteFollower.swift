public import Catchment

/// A SQLite file.
///
/// UUIDs, JSON, lists and points in time are text there: `2026-03-01T10:00:00.000000Z`, lists as JSON.
public struct SQLiteFollower: Follower {
  let path: String
  public let adopts: Bool
  public var name: String { "sqlite" }
  public var location: String { "sqlite:\(path)" }

  /// A file that need not be there yet; its directory must be.
  ///
  /// With `adopts` it is taken over from another home that published into it.
  public init(_ path: String, adopts: Bool = false) {
    self.path = FileWalk.absolute(path) ?? path
    self.adopts = adopts
  }

  /// Reads `sqlite:talks.db` and `sqlite:///home/me/talks.db`, with `?adopt=yes` or without.
  ///
  /// Throws `configuration` when there is no path in it.
  public init(url: String) throws(CatchmentError) {
    var rest = url.dropFirst("sqlite:".count)
    let adopts = rest.hasSuffix("?adopt=yes")
    if adopts { rest = rest.dropLast("?adopt=yes".count) }
    if rest.hasPrefix("//") { rest = rest.dropFirst(2) }
    guard !rest.isEmpty else {
      throw CatchmentError(
        .configuration, "the warehouse \(url) names no file", hint: "write sqlite:PATH")
    }
    self.init(String(rest), adopts: adopts)
  }

  public func connect() throws(CatchmentError) -> any FollowerSession {
    try SQLiteSession(path: path)
  }
}
