public import Catchment

/// What teams keep of their calls to Azure OpenAI: captured exchanges, the logs of gateways and of
/// API Management, input and output of batches, stored completions.
///
/// A record is a line, or an element of a JSON array.
public struct AzureOpenAISource: Source {
  static let platform = "azure_openai"

  public let name = platform
  public let tables = ConversationTables.all

  public init() {}

  /// Nowhere: Azure keeps no history on the machine that asked.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] { [] }

  public func mayHold(_ path: String) -> Bool {
    [".jsonl", ".ndjson", ".json", ".log"].contains { path.hasSuffix($0) }
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    func has(_ texts: StaticString...) -> Bool {
      texts.allSatisfy { beginning.firstRange(of: $0) != nil }
    }
    let isCompletion = has("\"chat.completion\"") || has("\"chat.completion.chunk\"")
    let isExchange = has("\"request\"", "/openai/") && (has("\"uri\"") || has("\"url\""))
    let isBatch =
      has("\"custom_id\"", "\"body\"") && (has("\"method\"", "\"url\"") || has("\"status_code\""))
    let isManaged =
      has("\"DeploymentName\"", "\"CorrelationId\"")
      || has("\"deploymentName\"", "\"correlationId\"")
      || has("\"GatewayLlmLogs\"")
    let isGateway = has("\"call_type\"", "\"messages\"")
    return isCompletion || isExchange || isBatch || isManaged || isGateway ? .certain : .none
  }

  /// Files of lines, and Azure Monitor's archives, which are lines under another name.
  public func framing(of path: String) -> Framing {
    path.hasSuffix(".json") && FilePath.name(path) != "PT1H.json" ? .elements : .lines
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    PlatformReducer<AzureReader>(
      platform: Self.platform, skipsRepeated: true, largestRecord: largestRecord)
  }
}
