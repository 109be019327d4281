import CatchmentTesting
import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Passes connections on to a server, and cuts one around one of its COMMITs, or of what else it is told.
final class CuttingProxy: Sendable {
  /// The last cuts the answer that says so.
  enum Cut: CaseIterable { case beforeCommit, afterCommit, answer }

  private let listener: Int32
  private let port: UInt16
  private let server: UInt16
  private let cut: Cut
  private let number: Int
  private let mark: Data
  private let cuts = Mutex(0)

  /// The server's URL with the proxy in its place.
  let url: String
  var hasCut: Bool { cuts.withLock { $0 >= number } }

  /// - Parameters:
  ///   - number: which of the marks it cuts at, counted from 1.
  ///   - mark: what a message has in it around which it is cut.
  init(to url: String, cut: Cut, of number: Int = 1, at mark: String = "COMMIT\0") throws {
    guard let parts = URLComponents(string: url), let server = parts.port else {
      throw TestFailure("no port in \(url)")
    }
    self.server = UInt16(server)
    self.cut = cut
    self.number = number
    self.mark = Data(mark.utf8)
    (listener, port) = try Loopback.listen()
    self.url = url.replacing(":\(server)", with: ":\(port)")
    Thread { self.accept() }.start()
  }

  /// Whoever accepts closes: the number may be another socket's as soon as it is closed.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func accept() {
    defer { close(listener) }
    while true {
      let client = Glibc.accept(listener, nil, nil)
      guard client >= 0 else { return }
      guard let upstream = Loopback.connect(to: server) else { return }
      Thread { self.pass(from: client, to: upstream, isCutting: self.cut != .answer) }.start()
      Thread { self.pass(from: upstream, to: client, isCutting: self.cut == .answer) }.start()
    }
  }

  /// Ends both ways when one ends.
  ///
  /// - Parameter isCutting: whether a mark on this way is one; the server's answer may have it too.
  private func pass(from source: Int32, to target: Int32, isCutting: Bool) {
    var space = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(source, &space, space.count, 0)
      guard count > 0 else { break }
      let isCommit = Data(space.prefix(count)).range(of: mark) != nil
      let isCut =
        isCutting && isCommit
        && cuts.withLock {
          $0 += 1; return $0 == number
        }
      if isCut {
        // The client is cut off either way; the server hears of the commit or does not.
        shutdown(source, Int32(SHUT_RDWR))
        if cut != .afterCommit { break }
      }
      guard send(target, space, count, Int32(MSG_NOSIGNAL)) == count else { break }
      if isCut {
        shutdown(target, Int32(SHUT_WR))
        return
      }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
  }
}
