internal import AsyncHTTPClient
internal import Catchment
internal import NIOHTTP1

/// What the head of a response says of the file that follows.
struct Reply {
  let status: Int
  /// What the server calls the file now.
  let version: FileVersion
  /// How long the whole file is, in bytes, when the server says so.
  let total: Int64?
  /// Where in the file the response begins.
  let begin: Int64?
  private let address: WebAddress
  private let retryAfter: Double?

  init(_ response: HTTPClientResponse, of address: WebAddress) {
    self.init(status: Int(response.status.code), headers: response.headers, of: address)
  }

  init(status: Int, headers: HTTPHeaders, of address: WebAddress) {
    self.address = address
    self.status = status
    version = FileVersion(
      etag: headers.first(name: "etag"), modified: headers.first(name: "last-modified"))
    // `bytes 100-199/200`
    let range = headers.first(name: "content-range")?.split(whereSeparator: { " -/".contains($0) })
    begin = range.flatMap { $0.count == 4 ? Int64($0[1]) : nil }
    total =
      status == 206
      ? range.flatMap { $0.last.flatMap { Int64($0) } }
      : headers.first(name: "content-length").flatMap { Int64($0) }
    retryAfter = Self.pause(headers)
  }

  /// How long the server wants to be left alone, in seconds.
  static func pause(_ headers: HTTPHeaders) -> Double? {
    headers.first(name: "retry-after").flatMap(pause)
  }

  /// Seconds, or a time.
  private static func pause(_ text: String) -> Double? {
    if let seconds = Double(text), seconds >= 0 { return seconds }
    return HTTPDate.seconds(text).map { max(Double($0) - Double(time(nil)), 0) }
  }

  /// What a status that brings no file means.
  var failure: FailedTry {
    switch status {
    case 408, 425, 429, 500...599:
      // A server that says how busy it is works.
      return FailedTry(
        error: .busy(address.host, address.path, status, retryAfter: retryAfter),
        isFault: status != 429)
    case 401, 403:
      return FailedTry(
        error: CatchmentError(
          .configuration,
          "\(address.host) does not let \(address.path) be read: it answers \(status)",
          hint: "check the credentials"))
    default:
      return FailedTry(
        error: CatchmentError(
          .sourceUnavailable, "\(address.shown) cannot be had: the server answers \(status)",
          hint: status == 404 ? "check how the URL is spelt" : nil))
    }
  }
}

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif
