public import Catchment

/// A file that is to be downloaded.
public struct Download: Sendable {
  /// Where it is.
  public var address: WebAddress
  /// What its bytes must hash to, in hexadecimal digits.
  public var sha256: String?
  /// What is known of it: when the server still calls it so, it is not downloaded.
  public var known: FileVersion?
  /// Headers of a request, made anew for each try; given to the host of `address` alone.
  public var headers:
    @Sendable (WebAddress) throws(CatchmentError) -> [(name: String, value: String)]

  public init(
    _ address: WebAddress, sha256: String? = nil, known: FileVersion? = nil,
    headers:
      @escaping @Sendable (WebAddress) throws(CatchmentError) -> [(name: String, value: String)] = {
        _ in []
      }
  ) {
    self.address = address
    self.sha256 = sha256
    self.known = known
    self.headers = headers
  }
}

/// What became of a download.
public enum Downloaded: Sendable, Hashable {
  /// The server calls it what is known of it.
  case unchanged
  /// It is where it was to be.
  case file(File)

  /// A file that was downloaded.
  public struct File: Sendable, Hashable {
    public var path: String
    /// In hexadecimal digits.
    public var sha256: String
    /// In bytes.
    public var size: Int64
    public var version: FileVersion
    /// How many bytes of it were there from an earlier try.
    public var resumed: Int64
  }
}

/// A try that failed.
struct FailedTry: Error {
  var error: CatchmentError
  /// Whether the host is to blame, nil when that is not known.
  var isFault: Bool? = true
}
