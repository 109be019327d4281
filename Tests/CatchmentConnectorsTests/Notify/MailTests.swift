import Catchment
import CatchmentTesting
import Foundation
import Testing

@testable import CatchmentConnectors

@Suite struct `A letter` {
  private func letter(_ subject: String = "s", _ text: String = "t") -> MailMessage {
    MailMessage(
      from: "etl@example.org", to: ["a@example.org", "b@example.org"], subject: subject, text: text,
      at: 784_111_777_000_000, id: "1")
  }

  private func lines(_ letter: MailMessage) -> [String] {
    String(decoding: letter.bytes, as: UTF8.self).components(separatedBy: "\r\n")
  }

  @Test func `says when and from whom it comes`() {
    let lines = lines(letter())
    #expect(lines.contains("Date: Sun, 06 Nov 1994 08:49:37 +0000"))
    #expect(lines.contains("Message-ID: <1@example.org>"))
    #expect(lines.contains("To: <a@example.org>,") && lines.contains(" <b@example.org>"))
    #expect(lines.contains("Auto-Submitted: auto-generated"))
  }

  @Test(arguments: [
    "a\r\nBcc: evil@example.org", "a\nb", "\u{0}", "ü", "=?utf-8?B?eA==?=",
    String(repeating: "long ", count: 60), String(repeating: "🙂", count: 60),
  ])
  func `has a subject of one header, whatever it says`(subject: String) throws {
    let all = lines(letter(subject))
    let head = all.prefix { !$0.isEmpty }
    #expect(!head.contains { $0.hasPrefix("Bcc") } && head.allSatisfy { $0.utf8.count <= 78 })
    let place = try #require(head.firstIndex { $0.hasPrefix("Subject: ") })
    let rest = head[(place + 1)...].prefix { $0.hasPrefix(" ") }
    let words = [String(head[place].dropFirst(9))] + rest.map { String($0.dropFirst()) }
    let bytes = try words.flatMap { word in
      try #require(Data(base64Encoded: String(word.dropFirst(10).dropLast(2))))
    }
    #expect(String(decoding: bytes, as: UTF8.self) == subject)
  }

  @Test func `has a second point where a line begins with one`() {
    func stuffed(_ text: String) -> String {
      String(decoding: MailMessage.stuffed(Array(text.utf8)), as: UTF8.self)
    }
    #expect(stuffed(".\r\n..a\r\nb.\r\n") == "..\r\n...a\r\nb.\r\n")
  }

  @Test(arguments: [
    (".", ["."]), ("a=b ", ["a=3Db=20"]), ("ü", ["=C3=BC"]), ("", [""]),
    (String(repeating: "x", count: 80), [String(repeating: "x", count: 75) + "=", "xxxxx"]),
  ])
  func `is written in lines of 76 characters`(line: String, written: [String]) {
    #expect(MailMessage.quotedPrintable(Array(line.utf8)) == written)
  }

  @Test(arguments: ["a@b@c", "a", "@b", "a@", "a b@c", "a@b>\r\nDATA", "ü@b", "<a@b>"])
  func `goes to no address that is none`(address: String) {
    #expect(!MailAddress.isValid(address))
    #expect(throws: OptionError.self) {
      try EmailNotifier("smtp://host", from: "a@b", to: [address]).check()
    }
  }

  @Test(arguments: ["http://host", "smtp://", "host:25", "smtp://me:secret@host", "smtp://host/x"])
  func `goes by no server that is none`(url: String) {
    let error = #expect(throws: OptionError.self) { try MailServer(url) }
    #expect(error?.message.contains("secret") == false)
  }
}

@Suite struct `A mail server that is told of runs` {
  private static let environment = ProcessInfo.processInfo.environment
  private static let isThere = environment["CATCHMENT_SMTP_PORTS"] != nil
  private static let absence: Comment =
    "no mail server: run ./test, which needs python3 and openssl"

  /// Plain, with STARTTLS, with TLS.
  private static func port(_ place: Int) throws -> String {
    let ports = (environment["CATCHMENT_SMTP_PORTS"] ?? "").split(separator: " ")
    return String(try #require(ports.dropFirst(place).first))
  }

  private let name = "r\(UUID().uuidString.lowercased().prefix(8))@example.org"

  private struct Letter: Decodable {
    var from: String
    var to: [String]
    var encrypted: Bool
    var user: String?
    var data: Data
  }

  private func letters(_ receiver: String) throws -> [Letter] {
    let folder = try #require(Self.environment["CATCHMENT_SMTP_LETTERS"])
    let text = try String(contentsOfFile: "\(folder)/\(receiver)", encoding: .utf8)
    return try text.split(separator: "\n").map {
      try JSONDecoder().decode(Letter.self, from: Data($0.utf8))
    }
  }

  private func event(_ name: String = "people") -> RunEvent {
    var event = RunEvent(.brokenPromise, of: name, began: 0, at: 1_500_000, on: "here")
    event.error = CatchmentError(.validation, ".hidden is wrong")
    return event
  }

  private func notifier(
    _ url: String, to: [String]? = nil, password: String? = nil, isTrusted: Bool = true
  ) -> EmailNotifier {
    EmailNotifier(
      url, from: "etl@example.org", to: to ?? [name], user: password.map { _ in "sender" },
      password: password, authorities: isTrusted ? Self.environment["CATCHMENT_SMTP_CA"] : nil)
  }

  @Test(.enabled(if: isThere, absence))
  func `gets a letter, whose lines may begin with a point`() async throws {
    try await notifier("smtp://127.0.0.1:\(Self.port(0))").send(event())
    let letter = try #require(try letters(name).first)
    #expect(letter.from == "etl@example.org" && letter.to == [name] && !letter.encrypted)
    let text = String(decoding: letter.data, as: UTF8.self)
    #expect(text.contains("Subject: [catchment] people: a promise does not hold\r\n"))
    #expect(text.contains("\r\n.hidden is wrong\r\n"))
    #expect(text.contains("X-Catchment-Event: broken_promise\r\n"))
  }

  @Test(.enabled(if: isThere, absence), arguments: [("smtp", 1), ("smtps", 2)])
  func `is told the password once nobody else can hear it`(
    scheme: String, place: Int
  ) async throws {
    let url = "\(scheme)://localhost:\(try Self.port(place))"
    try await notifier(url, password: "only-for-tests").send(event("a\r\nBcc: x@example.org"))
    let letter = try #require(try letters(name).first)
    #expect(letter.encrypted && letter.user == "sender" && letter.to == [name])
    #expect(try letters(name).count == 1)
  }

  @Test(.enabled(if: isThere, absence), arguments: [("smtp", 1), ("smtps", 2)])
  func `refuses a wrong password, which is not repeated`(
    scheme: String, place: Int
  ) async throws {
    let url = "\(scheme)://localhost:\(try Self.port(place))"
    let error = await #expect(throws: CatchmentError.self) {
      try await notifier(url, password: "a-wrong-one").send(event())
    }
    #expect(error?.message.contains("refuses the password") == true, "\(error?.description ?? "")")
    #expect(error?.isTransient == false && error?.description.contains("a-wrong-one") == false)
  }

  @Test(.enabled(if: isThere, absence))
  func `is not believed without a certificate that is known`() async throws {
    let url = "smtps://localhost:\(try Self.port(2))"
    let error = await #expect(throws: CatchmentError.self) {
      try await notifier(url, password: "only-for-tests", isTrusted: false).send(event())
    }
    #expect(error?.isTransient == false && error?.hint?.contains("as ca") == true)
  }

  @Test(.enabled(if: isThere, absence))
  func `has the letter for those that it knows`() async throws {
    let lost = "refused-\(name)"
    let error = await #expect(throws: CatchmentError.self) {
      try await notifier("smtp://127.0.0.1:\(Self.port(0))", to: [lost, name]).send(event())
    }
    #expect(error?.message.contains("does not take letters to \(lost)") == true)
    #expect(try letters(name).count == 1)
  }

  // MARK: Servers that misbehave

  private func error(of script: @escaping @Sendable (String) -> String?) async throws
    -> CatchmentError?
  {
    let server = try await ScriptedMailServer(script)
    let notifier = EmailNotifier(
      "smtp://127.0.0.1:\(server.port)", from: "a@b", to: ["c@d"], user: "me",
      password: "pass-word", authorities: Self.environment["CATCHMENT_SMTP_CA"])
    let error = await #expect(throws: CatchmentError.self) { try await notifier.send(event()) }
    try await server.close()
    #expect(error?.description.contains("pass-word") == false)
    return error
  }

  @Test(.enabled(if: isThere, absence))
  func `is not believed what was said before it was encrypted`() async throws {
    let error = try await error { line in
      line.hasPrefix("EHLO") ? "250-x\r\n250 STARTTLS" : "220 go\r\n250 AUTH PLAIN"
    }
    #expect(error?.code == .refused, "\(error?.description ?? "")")
  }

  @Test func `is asked again when it is busy, and not when it refuses`() async throws {
    for (reply, mayPass) in [("451 later", true), ("550 no", false)] {
      let error = try await error { line in
        if line.hasPrefix("EHLO") { return "250-x\r\n250 AUTH PLAIN" }
        return line.hasPrefix("AUTH") ? "235 ok" : reply
      }
      #expect(error?.isTransient == mayPass && error?.cause == reply)
    }
  }

  @Test func `may say anything`() async throws {
    let web = try await error { _ in "HTTP/1.1 400 Bad Request" }
    #expect(web?.message.contains("speak SMTP") == true)
    let gone = try await error { _ in nil }
    #expect(gone?.message.contains("ended the connection") == true)
    let echo = try await error { line in
      line.hasPrefix("EHLO") ? "250-x\r\n250 AUTH PLAIN" : "501 what is \(line)"
    }
    #expect(echo?.cause == "501 what is AUTH PLAIN ***")
  }
}
