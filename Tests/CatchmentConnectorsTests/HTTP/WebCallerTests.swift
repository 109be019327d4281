import Catchment
import NIOCore
import NIOHTTP1
import NIOPosix
import Testing

@testable import CatchmentConnectors

@Suite struct `A caller of servers` {
  /// The client once ended the process when such an answer came between the end of a request and the
  /// news that it was written.
  @Test func `outlives servers that answer before they have heard all, and go`() throws {
    let server = try HastyServer()
    defer { server.stop() }
    var options = Downloader.Options()
    options.rules = HostRules(allowed: ["127.0.0.1"])
    options.retry = .never
    let caller = WebCaller(options)
    defer { caller.close() }
    let body = NIOCore.ByteBuffer(repeating: 0, count: 1_000)
    let request = WebRequest(
      method: .PUT, address: try WebAddress("http://127.0.0.1:\(server.port)/a"), body: body)
    var answers = 0
    for _ in 0..<300 {
      do throws(CatchmentError) {
        answers += try caller.sendAll([request, request]).count { $0.status == 200 }
      } catch {
        // One that was closed too early for its answer.
        #expect(error.isTransient)
      }
    }
    #expect(answers > 0)
  }
}

/// Answers as soon as it hears anything, and closes the connection.
private struct HastyServer {
  private let channel: any Channel

  var port: Int { channel.localAddress?.port ?? 0 }

  init() throws {
    channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(Answering())
        }
      }
      .bind(host: "127.0.0.1", port: 0).wait()
  }

  func stop() { channel.close(promise: nil) }

  private final class Answering: ChannelInboundHandler {
    typealias InboundIn = NIOCore.ByteBuffer
    typealias OutboundOut = NIOCore.ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let answer = NIOCore.ByteBuffer(string: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
      context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
      context.close(promise: nil)
    }
  }
}
