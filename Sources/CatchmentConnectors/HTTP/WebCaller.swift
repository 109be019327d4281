internal import AsyncHTTPClient
internal import Catchment
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// A request whose answer is short.
struct WebRequest: Sendable {
  var method = HTTPMethod.GET
  var address: WebAddress
  /// Made anew for each try; given to the host of `address` alone.
  var headers: @Sendable (WebAddress) throws(CatchmentError) -> [(name: String, value: String)] = {
    _ in []
  }
  var body: NIOCore.ByteBuffer?
  /// Whether nothing but the head of the answer is wanted.
  var isForHead = false
}

/// What a server said.
struct WebAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body = NIOCore.ByteBuffer()
  /// Who said it.
  var address: WebAddress
}

/// Asks servers one thing after another, and waits for each answer, for code that cannot go on without.
///
/// It waits for the threads of the network and for no task, so it may block the thread it is called on.
/// A failure that may pass is tried again; what is sent must be such that it may come twice.
final class WebCaller: Sendable {
  private let clients: HostClients
  /// One for all that is done.
  ///
  /// The client frees a connection when the end of a request is written, and learns of that later when
  /// the request has another loop than the connection. A server that has answered before, and closes the
  /// connection meanwhile, would then end the process.
  private let loop = HTTPClient.defaultEventLoopGroup.any()
  private let options: Downloader.Options
  /// What kind of failure a server is that cannot be had.
  private let unavailable: CatchmentError.Code
  private static let largestAnswer = 64 << 20

  init(_ options: Downloader.Options, unavailable: CatchmentError.Code = .sourceUnavailable) {
    self.options = options
    self.unavailable = unavailable
    clients = HostClients(options)
  }

  /// How often something is tried, and after which pauses.
  var retry: RetryPolicy { options.retry }

  /// Ends its connections; nothing may be called after it.
  func close() { clients.closeNow() }

  /// Sends a request until there is an answer that says something of what was asked for, whatever.
  func send(_ request: WebRequest) throws(CatchmentError) -> WebAnswer {
    var failures = 0
    while true {
      guard !Task.isCancelled else { throw .interrupted }
      do throws(FailedTry) {
        return try attempt(request)
      } catch {
        failures += 1
        guard error.error.isTransient, failures < options.retry.tries else {
          throw told(error.error)
        }
        try options.retry.wait(min(options.retry.pause(after: failures, error.error), 600))
      }
    }
  }

  /// Sends several requests at once; answers are in their order.
  func sendAll(_ requests: [WebRequest]) throws(CatchmentError) -> [WebAnswer] {
    let begun = requests.map { request in
      Result { () throws(FailedTry) in
        try begin(request, RedirectChain(from: request.address, options.rules))
      }
    }
    var answers: [WebAnswer] = []
    for (request, begun) in zip(requests, begun) {
      do throws(FailedTry) {
        answers.append(try checked(finish(begun.get(), request.address)))
      } catch {
        answers.append(try send(request))
      }
    }
    return answers
  }

  private func told(_ error: CatchmentError) -> CatchmentError {
    guard error.code == .sourceUnavailable else { return error }
    var told = error
    told.code = unavailable
    return told
  }

  // MARK: One try

  private func attempt(_ request: WebRequest) throws(FailedTry) -> WebAnswer {
    var chain = RedirectChain(from: request.address, options.rules)
    while true {
      let answer = try checked(finish(begin(request, chain), chain.address))
      do throws(CatchmentError) {
        let isAsking = request.method == .GET || request.method == .HEAD
        let status = HTTPResponseStatus(statusCode: answer.status)
        guard isAsking, try chain.follows(status, answer.headers) else { return answer }
      } catch {
        throw FailedTry(error: error)
      }
    }
  }

  private func begin(
    _ request: WebRequest, _ chain: RedirectChain
  ) throws(FailedTry) -> EventLoopFuture<WebAnswer> {
    let address = chain.address
    do {
      var headers = HTTPHeaders([("User-Agent", "catchment"), ("Accept-Encoding", "identity")])
      if chain.isAtHome {
        for (name, value) in try request.headers(address) {
          headers.replaceOrAdd(name: name, value: value)
        }
      }
      let client = try clients.client(for: address)
      let message = try HTTPClient.Request(
        url: address.text, method: request.method, headers: headers,
        body: request.body.map { .byteBuffer($0) })
      let reader = AnswerReader(address, isForHead: request.isForHead, limit: Self.largestAnswer)
      return client.execute(
        request: message, delegate: reader, eventLoop: .delegateAndChannel(on: loop)
      ).futureResult
    } catch let error as CatchmentError {
      throw FailedTry(error: error, isFault: nil)
    } catch {
      throw FailedTry(error: .cut(address, error))
    }
  }

  private func finish(
    _ answer: EventLoopFuture<WebAnswer>, _ address: WebAddress
  ) throws(FailedTry) -> WebAnswer {
    do { return try answer.wait() } catch let enough as EnoughRead { return enough.answer } catch {
      throw FailedTry(error: .cut(address, error))
    }
  }

  /// A server that is busy or broken says nothing of what was asked for.
  private func checked(_ answer: WebAnswer) throws(FailedTry) -> WebAnswer {
    switch answer.status {
    case 408, 425, 429, 500, 502...504:
      throw FailedTry(
        error: .busy(
          answer.address.host, answer.address.path, answer.status,
          retryAfter: Reply.pause(answer.headers)))
    default: return answer
    }
  }
}

/// Ends an answer of which nothing more is wanted.
private struct EnoughRead: Error {
  var answer: WebAnswer
}

/// Takes an answer as it comes.
private final class AnswerReader: HTTPClientResponseDelegate {
  private let answer: Mutex<WebAnswer>
  private let isForHead: Bool
  private let limit: Int

  init(_ address: WebAddress, isForHead: Bool, limit: Int) {
    answer = Mutex(WebAnswer(status: 0, headers: [:], address: address))
    self.isForHead = isForHead
    self.limit = limit
  }

  func didReceiveHead(
    task: HTTPClient.Task<WebAnswer>, _ head: HTTPResponseHead
  ) -> EventLoopFuture<Void> {
    answer.withLock { answer in
      answer.status = Int(head.status.code)
      answer.headers = head.headers
    }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(
    task: HTTPClient.Task<WebAnswer>, _ buffer: NIOCore.ByteBuffer
  ) -> EventLoopFuture<Void> {
    let whole = answer.withLock { answer in
      if !isForHead { answer.body.writeImmutableBuffer(buffer) }
      return answer
    }
    if isForHead { return task.eventLoop.makeFailedFuture(EnoughRead(answer: whole)) }
    guard whole.body.readableBytes <= limit else {
      return task.eventLoop.makeFailedFuture(
        CatchmentError(.sourceUnavailable, "\(whole.address.host) answers without end"))
    }
    return task.eventLoop.makeSucceededVoidFuture()
  }

  func didFinishRequest(task: HTTPClient.Task<WebAnswer>) throws -> WebAnswer {
    answer.withLock { $0 }
  }
}
