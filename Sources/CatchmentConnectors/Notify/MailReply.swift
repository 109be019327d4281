internal import NIOCore

/// What a mail server answers: a number, and lines for people (RFC 5321 §4.2).
struct MailReply: Sendable, Equatable {
  var code: Int
  var lines: [String]

  /// Whether the same may succeed later.
  var mayPass: Bool { (400..<500).contains(code) }
  var text: String { "\(code) \(lines.joined(separator: " "))" }

  /// What the server can do, and how: `AUTH` with `PLAIN LOGIN`.
  func capability(_ name: String) -> String? {
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.first?.uppercased() == name else { continue }
      return parts.count > 1 ? String(parts[1]) : ""
    }
    return nil
  }

  private static let longest = 64 << 10

  /// Takes a whole reply off the front of what has come; nil when more is to come.
  init?(from buffer: inout NIOCore.ByteBuffer) throws(MailTrouble) {
    guard buffer.readableBytes <= Self.longest else { throw .noReply }
    var view = buffer.readableBytesView
    var lines: [String] = []
    while let end = view.firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: view[..<end].prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      view = view[view.index(after: end)...]
      guard let code = Int(line.prefix(3)), (200..<600).contains(code) else { throw .noReply }
      lines.append(String(line.dropFirst(4)))
      guard line.dropFirst(3).first != "-" else { continue }
      buffer.moveReaderIndex(forwardBy: buffer.readableBytes - view.count)
      (self.code, self.lines) = (code, lines)
      return
    }
    return nil
  }
}

/// What can go wrong in talking to a mail server, beside what it says.
enum MailTrouble: Error {
  /// What it says is none of the protocol.
  case noReply
  /// It closed the connection.
  case ended
  /// Something came unencrypted that was to be a secret: somebody is between.
  case mixed
  /// It refused something.
  case refused(MailReply, to: String)
}
