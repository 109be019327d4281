import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// A proxy that makes a tunnel to one server, whatever host it is asked for.
final class TunnelProxy: Sendable {
  private let listener: Int32
  private let server: UInt16
  private let heads = Mutex<[String]>([])

  let port: UInt16
  /// What it was asked, with all headers.
  var requests: [String] { heads.withLock { $0 } }

  init(to server: Int) throws {
    self.server = UInt16(server)
    (listener, port) = try Loopback.listen()
    Thread { self.accept() }.start()
  }

  /// Whoever accepts closes: the number may be another socket's as soon as it is closed.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func accept() {
    defer { close(listener) }
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0, let upstream = Loopback.connect(to: server) else { return }
      Thread {
        guard self.greet(client) else { return }
        Thread { Self.pass(from: upstream, to: client) }.start()
        Self.pass(from: client, to: upstream)
      }.start()
    }
  }

  private func greet(_ client: Int32) -> Bool {
    var head = ""
    var byte: UInt8 = 0
    while !head.hasSuffix("\r\n\r\n") {
      guard recv(client, &byte, 1, 0) == 1 else { return false }
      head.unicodeScalars.append(Unicode.Scalar(byte))
    }
    heads.withLock { $0.append(head) }
    let answer = Array("HTTP/1.1 200 Connected\r\n\r\n".utf8)
    return send(client, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count
  }

  private static func pass(from source: Int32, to target: Int32) {
    var space = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(source, &space, space.count, 0)
      guard count > 0, send(target, space, count, Int32(MSG_NOSIGNAL)) == count else { break }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
  }
}
