internal import Catchment
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

/// A connection to a mail server: a line is sent, a reply comes.
struct MailConnection {
  /// What came, and whether it came encrypted.
  struct Chunk: Sendable {
    var bytes: NIOCore.ByteBuffer
    var isEncrypted: Bool
  }

  private let channel: any Channel
  private let outbound: NIOAsyncChannelOutboundWriter<NIOCore.ByteBuffer>
  private var chunks: NIOAsyncChannelInboundStream<Chunk>.AsyncIterator
  private var buffer = NIOCore.ByteBuffer()
  private(set) var isEncrypted: Bool

  /// Whether the server is this machine itself, so that nobody else hears what is said.
  var isLoopback: Bool {
    let address = channel.remoteAddress?.ipAddress ?? ""
    return address == "::1" || address.hasPrefix("127.")
  }

  /// Whether nobody but the server hears what is said.
  var isPrivate: Bool { isEncrypted || isLoopback }

  /// Connects, lets `body` talk, and closes the connection.
  static func with(
    _ server: MailServer, _ tls: TLSConfiguration,
    _ body: (inout MailConnection) async throws -> Void
  ) async throws {
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .connectTimeout(.seconds(10))
      .connect(host: server.host, port: server.port) { channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          if server.isEncrypted {
            try pipeline.addHandler(tlsHandler(tls, server))
          }
          try pipeline.addHandler(ChunkHandler(isEncrypted: server.isEncrypted))
          return try NIOAsyncChannel<Chunk, NIOCore.ByteBuffer>(
            wrappingChannelSynchronously: channel)
        }
      }
    try await channel.executeThenClose { inbound, outbound in
      var connection = MailConnection(
        channel: channel.channel, outbound: outbound, chunks: inbound.makeAsyncIterator(),
        isEncrypted: server.isEncrypted)
      try await body(&connection)
    }
  }

  private init(
    channel: any Channel, outbound: NIOAsyncChannelOutboundWriter<NIOCore.ByteBuffer>,
    chunks: NIOAsyncChannelInboundStream<Chunk>.AsyncIterator, isEncrypted: Bool
  ) {
    self.channel = channel
    self.outbound = outbound
    self.chunks = chunks
    self.isEncrypted = isEncrypted
  }

  // MARK: Talking

  mutating func reply() async throws -> MailReply {
    while true {
      if let reply = try MailReply(from: &buffer) { return reply }
      guard let chunk = try await chunks.next(isolation: #isolation) else {
        throw MailTrouble.ended
      }
      guard chunk.isEncrypted == isEncrypted else { throw MailTrouble.mixed }
      buffer.writeImmutableBuffer(chunk.bytes)
    }
  }

  mutating func ask(_ line: String) async throws -> MailReply {
    try await outbound.write(NIOCore.ByteBuffer(string: "\(line)\r\n"))
    return try await reply()
  }

  /// - Parameter what: is told when the server refuses, in the place of the line, which may be secret.
  @discardableResult
  mutating func demand(_ line: String, _ what: String? = nil) async throws -> MailReply {
    let reply = try await ask(line)
    guard (200..<400).contains(reply.code) else {
      throw MailTrouble.refused(reply, to: what ?? line)
    }
    return reply
  }

  mutating func send(_ bytes: [UInt8]) async throws -> MailReply {
    try await outbound.write(NIOCore.ByteBuffer(bytes: bytes))
    return try await reply()
  }

  /// From here on everything is encrypted; what came before and was not yet read is refused.
  mutating func encrypt(_ tls: TLSConfiguration, _ server: MailServer) async throws {
    guard buffer.readableBytes == 0 else { throw MailTrouble.mixed }
    let channel = channel
    try await channel.eventLoop.submit {
      let pipeline = channel.pipeline.syncOperations
      try pipeline.addHandler(Self.tlsHandler(tls, server), position: .first)
      try pipeline.handler(type: ChunkHandler.self).isEncrypted = true
    }.get()
    isEncrypted = true
  }

  private static func tlsHandler(
    _ tls: TLSConfiguration, _ server: MailServer
  ) throws -> NIOSSLClientHandler {
    try NIOSSLClientHandler(
      context: NIOSSLContext(configuration: tls),
      serverHostname: isNumber(server.host) ? nil : server.host)
  }

  /// The address of a host that has no name is compared with what the certificate says instead.
  private static func isNumber(_ host: String) -> Bool {
    do { return try SocketAddress(ipAddress: host, port: 0).ipAddress != nil } catch {
      return false
    }
  }
}

/// Says of everything that comes whether it came encrypted.
private final class ChunkHandler: ChannelInboundHandler {
  typealias InboundIn = NIOCore.ByteBuffer
  typealias InboundOut = MailConnection.Chunk

  var isEncrypted: Bool

  init(isEncrypted: Bool) { self.isEncrypted = isEncrypted }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let chunk = MailConnection.Chunk(bytes: unwrapInboundIn(data), isEncrypted: isEncrypted)
    context.fireChannelRead(wrapInboundOut(chunk))
  }
}
