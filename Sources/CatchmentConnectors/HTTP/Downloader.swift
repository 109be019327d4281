internal import AsyncHTTPClient
public import Catchment
internal import NIOCore
internal import NIOHTTP1

/// Downloads files, several at a time, and goes on where a try was cut.
///
/// A failure that may pass is tried again after a pause that doubles each time, or the one that the
/// server asks for; a host that fails again and again is left alone for a while. What came of a file
/// stays beside its place and is gone on with, in this run or a later one, when the server still has
/// the same version.
///
/// ```swift
/// let downloader = Downloader()
/// let file = try await downloader.download(Download(WebAddress(url)), to: "/tmp/a.zip")
/// await downloader.close()
/// ```
public final class Downloader: Sendable {
  /// How downloads are done.
  public struct Options: Sendable {
    /// Requests to one host at a time.
    public var perHost = 4
    /// How often a file is tried, and after which pauses.
    public var retry = RetryPolicy(tries: 6, base: 0.5, longest: 60)
    /// The most that all downloads together may take; nil for what there is.
    public var bytesPerSecond: Int?
    /// Which servers may be asked.
    public var rules = HostRules()
    /// A server that sends nothing for so many seconds has failed.
    public var idleSeconds: Double = 60
    /// One that sends less than this has failed too.
    public var leastRate = LeastRate()
    /// A host that fails so many times in a row is left alone.
    public var failuresAllowed = 8
    /// For so many seconds.
    public var pauseSeconds: Double = 30
    /// What requests go through.
    public var proxies = Proxies()

    public init() {}
  }

  let options: Options
  private let clients: HostClients
  private let gate: HostGate
  private let pace: Pace
  private let progress: @Sendable (Progress) -> Void

  /// What there is to tell while files come.
  public enum Progress: Sendable {
    /// So many bytes more are to come; fewer, when a try failed that had announced them.
    case expected(Int64)
    /// So many bytes more have come.
    case came(Int)
    /// A file is there, or as it was.
    case ended
  }

  /// - Parameter progress: told of bytes as they come, from any thread.
  public init(
    _ options: Options = Options(), progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) {
    self.options = options
    self.progress = progress
    clients = HostClients(options)
    pace = Pace(bytesPerSecond: options.bytesPerSecond)
    gate = HostGate(
      width: options.perHost, failuresAllowed: options.failuresAllowed,
      pause: .seconds(options.pauseSeconds))
  }

  /// Ends its connections; it must be called, and nothing after it.
  public func close() async { await clients.close() }

  /// Downloads one file to a path.
  ///
  /// Throws `sourceUnavailable` when it cannot be had, `refused` when the rules do not allow it,
  /// `validation` when it is not what its checksum says, `destinationUnavailable` when it cannot be
  /// written.
  public func download(
    _ download: Download, to path: String
  ) async throws(CatchmentError) -> Downloaded {
    let partial = PartialFile(path: path)
    var failures = 0
    while true {
      do throws(FailedTry) {
        let result = try await attempt(download, path, partial)
        progress(.ended)
        return result
      } catch {
        failures += 1
        guard error.error.isTransient, failures < options.retry.tries else { throw error.error }
        try await options.retry.rest(min(options.retry.pause(after: failures, error.error), 600))
      }
    }
  }

  /// Downloads several files at once; results are in the order of the requests.
  ///
  /// Throws the first failure, and cancels the others.
  public func downloadAll(
    _ downloads: [(download: Download, path: String)]
  ) async throws(CatchmentError) -> [Downloaded] {
    do {
      return try await withThrowingTaskGroup(of: (Int, Downloaded).self) { group in
        for (place, item) in downloads.enumerated() {
          group.addTask { (place, try await self.download(item.download, to: item.path)) }
        }
        var found: [Int: Downloaded] = [:]
        for try await (place, result) in group { found[place] = result }
        return downloads.indices.compactMap { found[$0] }
      }
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw .interrupted
    }
  }

  // MARK: One try

  private func attempt(
    _ download: Download, _ path: String, _ partial: PartialFile
  ) async throws(FailedTry) -> Downloaded {
    let host = download.address.host
    try await told { () async throws(CatchmentError) in try await gate.enter(host) }
    do throws(FailedTry) {
      let result = try await exchange(download, path, partial)
      await gate.leave(host, isGood: true)
      return result
    } catch {
      await gate.leave(host, isGood: error.error.isTransient ? error.isFault.map { !$0 } : nil)
      throw error
    }
  }

  private func exchange(
    _ download: Download, _ path: String, _ partial: PartialFile
  ) async throws(FailedTry) -> Downloaded {
    let found = try told { () throws(CatchmentError) in try partial.found() }
    let response = try await response(to: download, after: found)
    let reply = Reply(response, of: download.address)
    switch reply.status {
    case 304 where download.known != nil: return .unchanged
    case 206:
      guard let found, reply.begin == found.size else {
        partial.discard()
        throw FailedTry(
          error: .mayPass("\(download.address.host) sent another part than asked for"))
      }
      try told { () throws(CatchmentError) in try partial.resume() }
    case 200: try told { () throws(CatchmentError) in try partial.begin(reply.version) }
    case 416:
      partial.discard()
      throw FailedTry(error: .mayPass("\(download.address.shown) is shorter than it was"))
    default: throw reply.failure
    }
    let resumed = partial.size
    if let total = reply.total { progress(.expected(total - resumed)) }
    do throws(FailedTry) {
      try await receive(response, into: partial, of: reply, download)
    } catch {
      if let total = reply.total { progress(.expected(partial.size - total)) }
      throw error
    }
    try told { () throws(CatchmentError) in try finish(partial, download, reply) }
    return .file(
      .init(
        path: path, sha256: partial.sha256, size: partial.size, version: reply.version,
        resumed: resumed))
  }

  private func receive(
    _ response: HTTPClientResponse, into partial: PartialFile, of reply: Reply, _ download: Download
  ) async throws(FailedTry) {
    let clock = ContinuousClock()
    var watch = RateWatch(options.leastRate)
    var buffers = response.body.makeAsyncIterator()
    do {
      while true {
        let asked = clock.now
        guard let buffer = try await buffers.next() else { break }
        guard watch.take(buffer.readableBytes, after: clock.now - asked) else {
          throw CatchmentError.slow(download.address, options.leastRate)
        }
        try buffer.withUnsafeReadableBytes { bytes in try partial.append(bytes) }
        progress(.came(buffer.readableBytes))
        try await pace.take(buffer.readableBytes)
      }
    } catch let error as CatchmentError {
      throw FailedTry(error: error)
    } catch {
      throw FailedTry(error: .cut(download.address, error))
    }
    guard reply.total == nil || reply.total == partial.size else {
      throw FailedTry(
        error: .mayPass(
          "\(download.address.shown) ended after \(partial.size) of \(reply.total ?? 0) bytes"))
    }
  }

  private func finish(
    _ partial: PartialFile, _ download: Download, _ reply: Reply
  ) throws(CatchmentError) {
    guard let expected = download.sha256, expected.lowercased() != partial.sha256 else {
      return try partial.publish()
    }
    let actual = partial.sha256
    partial.discard()
    throw CatchmentError(
      .validation, "\(download.address.shown) has SHA-256 \(actual), not \(expected)",
      hint: "check the checksum, and that the file is the one that is meant")
  }

  // MARK: The request

  /// Follows redirects as far as the rules allow; headers go to the first host alone.
  private func response(
    to download: Download, after found: (version: FileVersion, size: Int64)?
  ) async throws(FailedTry) -> HTTPClientResponse {
    var chain = RedirectChain(from: download.address, options.rules)
    while true {
      let response = try await send(request(download, chain, found), to: chain.address)
      let follows = try told { () throws(CatchmentError) in
        try chain.follows(response.status, response.headers)
      }
      guard follows else { return response }
    }
  }

  private func request(
    _ download: Download, _ chain: RedirectChain, _ found: (version: FileVersion, size: Int64)?
  ) throws(FailedTry) -> HTTPClientRequest {
    var request = HTTPClientRequest(url: chain.address.text)
    request.headers.add(name: "User-Agent", value: "catchment")
    request.headers.add(name: "Accept-Encoding", value: "identity")
    if chain.isAtHome {
      let own = try told { () throws(CatchmentError) in try download.headers(chain.address) }
      for (name, value) in own { request.headers.replaceOrAdd(name: name, value: value) }
    }
    if let found, let version = found.version.range {
      request.headers.add(name: "Range", value: "bytes=\(found.size)-")
      request.headers.add(name: "If-Range", value: version)
    } else if let known = download.known {
      if let etag = known.etag {
        request.headers.add(name: "If-None-Match", value: etag)
      } else if let modified = known.modified {
        request.headers.add(name: "If-Modified-Since", value: modified)
      }
    }
    return request
  }

  private func send(
    _ request: HTTPClientRequest, to address: WebAddress
  ) async throws(FailedTry) -> HTTPClientResponse {
    let client = try told { () throws(CatchmentError) in try clients.client(for: address) }
    do {
      return try await client.execute(request, deadline: .distantFuture)
    } catch {
      throw FailedTry(error: .cut(address, error))
    }
  }

  private func told<R>(
    _ body: () throws(CatchmentError) -> R
  ) throws(FailedTry) -> R {
    do throws(CatchmentError) { return try body() } catch {
      throw FailedTry(error: error, isFault: nil)
    }
  }

  private func told<R>(
    _ body: () async throws(CatchmentError) -> R
  ) async throws(FailedTry) -> R {
    do throws(CatchmentError) { return try await body() } catch {
      throw FailedTry(error: error, isFault: nil)
    }
  }
}

extension CatchmentError {
  static func mayPass(_ message: String, cause: String? = nil) -> CatchmentError {
    var error = CatchmentError(
      .sourceUnavailable, message, hint: "run the same command again: what came of it is kept",
      cause: cause)
    error.isTransient = true
    return error
  }

  static func slow(_ address: WebAddress, _ least: LeastRate) -> CatchmentError {
    mayPass(
      "\(address.host) sends \(address.path) too slowly: fewer than \(least.bytesPerSecond) bytes a "
        + "second for \(TimeSpan(seconds: least.seconds))")
  }

  /// A server that has too much to do, or too much of this client, and may say until when.
  static func busy(
    _ host: String, _ path: String, _ status: Int, retryAfter: Double?
  ) -> CatchmentError {
    var error = mayPass("\(host) answers \(status) for \(path)")
    error.isQuota = status == 429
    error.retryAfter = retryAfter
    return error
  }

  /// A connection that could not be made, or did not hold.
  static func cut(_ address: WebAddress, _ error: any Error) -> CatchmentError {
    if error is CancellationError || Task.isCancelled { return .interrupted }
    return .mayPass("the connection to \(address.authority) failed", cause: "\(error)")
  }
}
