public import Catchment
internal import CatchmentConversations

/// The one list of what ships.
public enum Catalogue {
  /// Every source, in the order in which help lists them; of sources that are equally sure of a
  /// file, the first has it.
  public static let sources: SourceSet = [
    UnifiedSource(), ClaudeCodeSource(), CodexSource(), GeminiCLISource(), OpenCodeSource(),
    CursorSource(), ClineSource(), RooCodeSource(), KiloCodeSource(), ContinueSource(),
    AiderSource(), CopilotSource(), ChatGPTSource(), ClaudeAISource(), AzureOpenAISource(),
    GooseSource(),
  ]
}
