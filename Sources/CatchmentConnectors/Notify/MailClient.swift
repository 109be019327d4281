internal import Catchment
internal import Foundation
internal import NIOSSL

/// Sends a letter by SMTP (RFC 5321), encrypted where the server can (RFC 3207).
///
/// A password is told only where nobody else hears it: encrypted, or to this machine itself.
struct MailClient {
  var server: MailServer
  var user: String?
  var password = ""
  /// A file of certificates, PEM, that the server's may be made by, beside those of the system.
  var authorities: String?
  /// What this machine calls itself.
  var host: String

  func send(_ letter: MailMessage) async throws(CatchmentError) {
    let tls = try configuration()
    var refused: [String] = []
    do {
      try await MailConnection.with(server, tls) { connection in
        try await begin(&connection, tls)
        refused = try await deliver(letter, &connection)
        // It has the letter: what it says to a goodbye changes nothing.
        do { _ = try await connection.ask("QUIT") } catch {}
      }
    } catch {
      throw told(error)
    }
    guard !refused.isEmpty else { return }
    throw CatchmentError(
      .configuration, "\(server.shown) does not take letters to \(refused.joined(separator: ", "))",
      hint: "the others have it; check how these are spelt")
  }

  private func configuration() throws(CatchmentError) -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    guard let authorities else { return tls }
    do {
      let certificates = try NIOSSLCertificate.fromPEMFile(authorities)
      tls.additionalTrustRoots = [.certificates(certificates)]
      return tls
    } catch {
      throw CatchmentError(
        .configuration, "\(authorities) cannot be read as certificates",
        hint: "name a file in the form PEM", cause: "\(error)")
    }
  }

  // MARK: The dialogue

  private func begin(_ connection: inout MailConnection, _ tls: TLSConfiguration) async throws {
    let greeting = try await connection.reply()
    guard greeting.code == 220 else { throw MailTrouble.refused(greeting, to: "a greeting") }
    var abilities = try await hello(&connection)
    let isWorthIt = !connection.isLoopback || authorities != nil
    if !connection.isEncrypted, isWorthIt, abilities.capability("STARTTLS") != nil {
      try await connection.demand("STARTTLS")
      try await connection.encrypt(tls, server)
      abilities = try await hello(&connection)
    }
    if let user { try await authenticate(user, abilities, &connection) }
  }

  private func hello(_ connection: inout MailConnection) async throws -> MailReply {
    let isName = host.allSatisfy { letter in
      letter.isASCII && (letter.isLetter || letter.isNumber || letter == "." || letter == "-")
    }
    let name = isName && !host.isEmpty ? host : "localhost"
    let reply = try await connection.ask("EHLO \(name)")
    return reply.code == 250 ? reply : try await connection.demand("HELO \(name)")
  }

  private func authenticate(
    _ user: String, _ abilities: MailReply, _ connection: inout MailConnection
  ) async throws {
    guard connection.isPrivate else {
      throw CatchmentError(
        .configuration, "\(server.shown) cannot encrypt, so it is not told the password",
        hint: "use smtps://, or a server that knows STARTTLS")
    }
    let ways = abilities.capability("AUTH")?.uppercased().split(separator: " ") ?? []
    guard ways.contains("PLAIN") else {
      throw CatchmentError(
        .configuration, "\(server.shown) takes no password in the way that is known (AUTH PLAIN)",
        hint: "leave out user and password, or use another server")
    }
    try await connection.demand("AUTH PLAIN \(token(user))", "the password")
  }

  private func token(_ user: String) -> String {
    Data("\0\(user)\0\(password)".utf8).base64EncodedString()
  }

  /// The result is who cannot have it, when others can.
  private func deliver(
    _ letter: MailMessage, _ connection: inout MailConnection
  ) async throws -> [String] {
    try await connection.demand("MAIL FROM:<\(letter.from)>")
    var refused: [String] = []
    for receiver in letter.to {
      let line = "RCPT TO:<\(receiver)>"
      let reply = try await connection.ask(line)
      guard !(200..<300).contains(reply.code) else { continue }
      refused.append(receiver)
      guard refused.count < letter.to.count else { throw MailTrouble.refused(reply, to: line) }
    }
    let ready = try await connection.demand("DATA")
    guard ready.code == 354 else { throw MailTrouble.refused(ready, to: "DATA") }
    let reply = try await connection.send(
      MailMessage.stuffed(letter.bytes) + Array(".\r\n".utf8))
    guard reply.code == 250 else { throw MailTrouble.refused(reply, to: "the letter") }
    return refused
  }

  // MARK: Failures

  private func told(_ error: any Error) -> CatchmentError {
    switch error {
    case let error as CatchmentError: return error
    case MailTrouble.refused(let reply, let what):
      return failure(
        reply.mayPass ? .destinationUnavailable : .configuration,
        "\(server.shown) refuses \(what)", reply.text, mayPass: reply.mayPass)
    case MailTrouble.mixed:
      return failure(
        .refused, "somebody spoke between this machine and \(server.shown) before it encrypted",
        nil, mayPass: false)
    case MailTrouble.noReply:
      return failure(
        .configuration, "\(server.shown) does not speak SMTP", nil, mayPass: false)
    case MailTrouble.ended:
      return failure(
        .destinationUnavailable, "\(server.shown) ended the connection", nil, mayPass: true)
    default:
      var told = failure(
        .destinationUnavailable, "the connection to \(server.shown) failed", "\(error)",
        mayPass: true)
      if told.cause?.contains("CERTIFICATE_VERIFY_FAILED") == true {
        told.isTransient = false
        told.hint = "name the file of the certificates that its own is made by as ca"
      }
      return told
    }
  }

  private func failure(
    _ code: CatchmentError.Code, _ message: String, _ cause: String?, mayPass: Bool
  ) -> CatchmentError {
    var error = CatchmentError(code, message, cause: cause.map(hidden))
    error.isTransient = mayPass
    return error
  }

  /// Words of others, without what they may repeat.
  private func hidden(_ text: String) -> String {
    let secrets = [user.map(token) ?? "", password].filter { !$0.isEmpty }
    return secrets.reduce(String(text.prefix(500))) { $0.replacing($1, with: "***") }
  }
}
