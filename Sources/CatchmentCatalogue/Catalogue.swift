public import Catchment
internal import CatchmentConversations

/// The one list of what ships.
public enum Catalogue {
  /// Every source, in the order in which help lists them.
  public static let sources: [any Source] = [
    ClaudeCodeSource()
  ]

  /// The source users call by this name.
  public static func source(named name: String) -> (any Source)? {
    sources.first { $0.name == name }
  }
}
