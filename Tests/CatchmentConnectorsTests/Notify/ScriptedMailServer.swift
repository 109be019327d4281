import NIOCore
import NIOPosix

/// A server that greets as one for mail does, and answers each line as a test says.
struct ScriptedMailServer {
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }

  /// - Parameter answer: nil closes the connection.
  init(_ answer: @escaping @Sendable (String) -> String?) async throws {
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Handler(answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
  }

  func close() async throws { try await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: (String) -> String?

    init(_ answer: @escaping (String) -> String?) { self.answer = answer }

    func channelActive(context: ChannelHandlerContext) { say("220 here", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      for line in String(buffer: unwrapInboundIn(data)).split(separator: "\r\n") {
        guard let reply = answer(String(line)) else { return context.close(promise: nil) }
        say(reply, context)
      }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "\(text)\r\n")), promise: nil)
    }
  }
}
