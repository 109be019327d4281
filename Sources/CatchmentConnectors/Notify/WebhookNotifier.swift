public import Catchment

/// A web server that is sent each event as JSON.
public struct WebhookNotifier: Notifier, Configurable, Hashable {
  public var url = SecretText("")
  public var headers = NamedValues<SecretText>()

  public init() {}

  public init(_ url: String, headers: NamedValues<SecretText> = .init()) {
    self.url = SecretText(url)
    self.headers = headers
  }

  public static let kind = "webhook"
  public static let summary = "A web server, which is sent the event as JSON (POST)."
  public static let options: [StepOption<WebhookNotifier>] = [
    .required("url", \.url, "Its address; nothing but the host is shown anywhere."),
    .optional(
      "headers", \.headers,
      "Headers that it is sent, such as Authorization: Bearer ${secret:token}."),
  ]

  public func check() throws(OptionError) {
    try WebPost.check(url)
    for header in headers.members {
      let text = header.name + header.value.text
      guard !header.name.isEmpty, !text.unicodeScalars.contains(where: { $0.value < 0x20 }) else {
        throw OptionError("has a header with a line break, or without a name")
      }
    }
  }

  public var place: String { "the webhook at \(WebPost.host(url))" }

  public func send(_ event: RunEvent) async throws(CatchmentError) {
    try await WebPost(url, headers: headers.members.map { ($0.name, $0.value.text) })
      .send(event.json)
  }
}

extension Notifier where Self == WebhookNotifier {
  public static func webhook(
    _ url: String, headers: NamedValues<SecretText> = .init()
  ) -> WebhookNotifier {
    WebhookNotifier(url, headers: headers)
  }
}
