/// A source whose units may lie on servers.
///
/// The engine has their bytes fetched into files first; those are kept in the raw store, and read from
/// there. A unit whose fingerprint is that of its last load is not fetched again.
public protocol FetchedSource: TableSource {
  /// Whether its units are to be fetched; otherwise they are files, read where they lie.
  var isRemote: Bool { get }

  /// Fetches units, several at a time, each into a file of its own.
  ///
  /// What an earlier try left beside such a file is gone on with. Results are in the order of what is
  /// wanted; one that fails does not stop the others.
  func fetch(_ wanted: [UnitFetch]) async -> [Result<FetchedUnit, CatchmentError>]
}

/// A unit that is to be fetched.
public struct UnitFetch: Sendable {
  public var unit: Unit
  /// The file that gets its bytes; what has this path and an ending belongs to it too.
  public var path: String

  public init(_ unit: Unit, to path: String) {
    self.unit = unit
    self.path = path
  }
}

/// A unit whose bytes are in their file.
public struct FetchedUnit: Sendable, Hashable {
  /// Of its bytes, in hexadecimal digits.
  public var sha256: String
  /// In bytes.
  public var size: Int64
  /// How many of them came now; the others were there.
  public var received: Int64

  public init(sha256: String, size: Int64, received: Int64) {
    self.sha256 = sha256
    self.size = size
    self.received = received
  }
}

extension Unit {
  /// Its path without what a URL has behind it: the end of that tells what it is.
  public var plainPath: String {
    ["http", "https"].contains(Path.scheme(of: path)) ? String(path.prefix { $0 != "?" }) : path
  }
}

extension TableSource {
  /// Whether its units are to be fetched before they can be read.
  public var isFetched: Bool { (self as? any FetchedSource)?.isRemote == true }
}
