import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A real HTTP server on loopback, on a free port, that answers as a test says.
final class FileServer: Sendable {
  struct Request: Sendable {
    var method = "GET"
    var path: String
    var headers: HTTPHeaders
    var body: [UInt8] = []

    /// Where the part that is asked for begins.
    var begin: Int? {
      headers.first(name: "range")?.split(whereSeparator: { "=-".contains($0) }).last
        .flatMap { Int($0) }
    }
  }

  struct Answer: Sendable {
    var status = 200
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// The connection is closed after so many bytes of the body.
    var cutAfter: Int?
    /// The body comes in drops of so many bytes, one every twenty milliseconds.
    var drops: Int?
  }

  private let answer: @Sendable (Request) -> Answer
  private let asked = Mutex<[Request]>([])
  private let openNow = Mutex((now: 0, most: 0))
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }
  /// What was asked, in order.
  var requests: [Request] { asked.withLock { $0 } }

  func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

  init(_ answer: @escaping @Sendable (Request) -> Answer) async throws {
    self.answer = answer
    let box = Mutex<FileServer?>(nil)
    let shared = Box(box)
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.pipeline.configureHTTPServerPipeline().flatMap {
          channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.addHandler(Handler { shared.reply(to: $0) })
          }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    shared.set(self)
  }

  func close() async throws { try await channel.close() }

  private func reply(to request: Request) -> Answer {
    asked.withLock { $0.append(request) }
    return answer(request)
  }

  /// The server, for handlers that are made before it is whole.
  private final class Box: Sendable {
    private let server: Mutex<FileServer?>
    init(_ server: consuming Mutex<FileServer?>) { self.server = server }
    func set(_ value: FileServer) { server.withLock { $0 = value } }
    func reply(to request: Request) -> Answer {
      server.withLock { $0 }?.reply(to: request) ?? Answer(status: 503)
    }
  }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let reply: (Request) -> Answer
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(_ reply: @escaping (Request) -> Answer) { self.reply = reply }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): (self.head, body) = (head, [])
      case .body(let part): body += part.readableBytesView
      case .end:
        guard let head else { return }
        let request = Request(
          method: head.method.rawValue, path: head.uri, headers: head.headers, body: body)
        write(reply(request), head, context)
      }
    }

    private func write(
      _ answer: Answer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext
    ) {
      var response = HTTPResponseHead(
        version: head.version, status: HTTPResponseStatus(statusCode: answer.status))
      for (name, value) in answer.headers { response.headers.add(name: name, value: value) }
      if answer.status != 304 {
        response.headers.replaceOrAdd(name: "content-length", value: "\(answer.body.count)")
      }
      context.write(wrapOutboundOut(.head(response)), promise: nil)
      if head.method == .HEAD {
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        return
      }
      if let drops = answer.drops {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        return Self.drip(answer.body[...], drops, context)
      }
      let sent = ByteBuffer(bytes: answer.body.prefix(answer.cutAfter ?? answer.body.count))
      guard answer.cutAfter == nil else {
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        return context.value.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(sent))))
          .whenComplete { _ in context.value.close(promise: nil) }
      }
      context.write(wrapOutboundOut(.body(.byteBuffer(sent))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Until all is sent, or nobody listens any more.
    private static func drip(
      _ rest: ArraySlice<UInt8>, _ size: Int, _ context: NIOLoopBound<ChannelHandlerContext>
    ) {
      guard context.value.channel.isActive else { return }
      let drop = HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: rest.prefix(size))))
      context.value.writeAndFlush(NIOAny(drop), promise: nil)
      guard rest.count > size else {
        return context.value.writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: nil)
      }
      context.value.eventLoop.scheduleTask(in: .milliseconds(20)) {
        drip(rest.dropFirst(size), size, context)
      }
    }
  }
}

extension FileServer {
  /// Serves one file as a good server does: with a validator, parts, and nothing when it is known.
  static func answer(
    to request: Request, with body: [UInt8], etag: String, cutAfter: Int? = nil
  ) -> Answer {
    let headers = [("ETag", etag), ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT")]
    if request.headers.first(name: "if-none-match") == etag {
      return Answer(status: 304, headers: headers)
    }
    let isSame = request.headers.first(name: "if-range") == etag
    guard let begin = request.begin, isSame else {
      return Answer(headers: headers, body: body, cutAfter: cutAfter)
    }
    guard begin < body.count else { return Answer(status: 416) }
    return Answer(
      status: 206,
      headers: headers + [("Content-Range", "bytes \(begin)-\(body.count - 1)/\(body.count)")],
      body: Array(body[begin...]), cutAfter: cutAfter)
  }
}
