public import Catchment
internal import JSONTape

/// A chat that takes incoming messages as Slack does; Mattermost, Rocket.Chat and others do too.
public struct SlackNotifier: Notifier, Configurable, Hashable {
  public var url = SecretText("")

  public init() {}

  public init(_ url: String) { self.url = SecretText(url) }

  public static let kind = "slack"
  public static let summary = "A chat that takes incoming messages as Slack does."
  public static let options: [StepOption<SlackNotifier>] = [
    .required(
      "url", \.url,
      "The address of the incoming webhook. Who knows it can write: give it as ${secret:name}.")
  ]

  public func check() throws(OptionError) { try WebPost.check(url) }

  public var place: String { "slack at \(WebPost.host(url))" }

  public func send(_ event: RunEvent) async throws(CatchmentError) {
    try await WebPost(url).send("{\"text\":\(JSONString.quoted(Self.text(event)))}")
  }

  /// As Slack writes it, which knows three characters that mean something: so no name calls a channel.
  static func text(_ event: RunEvent) -> String {
    let lines = ["*\(escaped(event.title))*"] + event.lines.map(escaped)
    return lines.joined(separator: "\n")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}

extension Notifier where Self == SlackNotifier {
  public static func slack(_ url: String) -> SlackNotifier { SlackNotifier(url) }
}
