public import Catchment

/// Mailboxes that are sent a letter for each event.
public struct EmailNotifier: Notifier, Configurable, Hashable {
  public var url = ""
  public var from = ""
  public var to: [String] = []
  public var user: String?
  public var password: SecretText?
  public var authorities: String?

  public init() {}

  public init(
    _ url: String, from: String, to: [String], user: String? = nil, password: String? = nil,
    authorities: String? = nil
  ) {
    (self.url, self.from, self.to, self.user) = (url, from, to, user)
    self.password = password.map(SecretText.init)
    self.authorities = authorities
  }

  public static let kind = "email"
  public static let summary = "Mailboxes, which are sent a letter by a server of SMTP."
  public static let options: [StepOption<EmailNotifier>] = [
    .required(
      "url", \.url,
      """
      The server: smtps://host, encrypted from the first byte, or smtp://host:587, which is \
      encrypted as soon as it can be.
      """),
    .required("from", \.from, "The address that letters come from."),
    .required("to", \.to, "The addresses that they go to."),
    .optional("user", \.user, "Who the server knows us as."),
    .optional(
      "password", \.password,
      "Give it as ${secret:name}. It is told encrypted, or to this machine itself, or not at all."),
    .optional(
      "ca", \.authorities,
      "A file of certificates, PEM, that the server's may be made by, beside those of the system."),
  ]

  public func check() throws(OptionError) {
    _ = try MailServer(url)
    guard !to.isEmpty else { throw OptionError("names nobody to write to") }
    for address in [from] + to where !MailAddress.isValid(address) {
      throw OptionError("has \"\(address)\", which is no address; write it as name@host")
    }
    guard (user == nil) == (password == nil) else {
      throw OptionError("has one of user and password; give both or neither")
    }
  }

  public mutating func locate(in directory: String) {
    authorities = authorities.map { Path.joined($0, to: directory) }
  }

  public var place: String {
    do throws(OptionError) { return "mail by \(try MailServer(url).shown)" } catch { return "mail" }
  }

  public func send(_ event: RunEvent) async throws(CatchmentError) {
    let server: MailServer
    do throws(OptionError) {
      try check()
      server = try MailServer(url)
    } catch {
      throw CatchmentError(.configuration, "email \(error.message)")
    }
    let letter = MailMessage(
      from: from, to: to, subject: "[catchment] \(event.title)",
      text: ([event.title, ""] + event.lines).joined(separator: "\n"), at: event.at,
      headers: [("X-Catchment-Event", event.kind.rawValue)])
    try await MailClient(
      server: server, user: user, password: password?.text ?? "", authorities: authorities,
      host: event.host
    ).send(letter)
  }
}

extension Notifier where Self == EmailNotifier {
  public static func email(
    _ url: String, from: String, to: [String], user: String? = nil, password: String? = nil
  ) -> EmailNotifier {
    EmailNotifier(url, from: from, to: to, user: user, password: password)
  }
}
