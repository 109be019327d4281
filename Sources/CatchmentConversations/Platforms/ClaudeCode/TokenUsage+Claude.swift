internal import JSONTape

/// What Claude Code writes of one API response.
///
/// A response is streamed over several lines that repeat the usage, with an output count that grows,
/// so lines of one response are united by taking each counter's maximum.
extension TokenUsage {
  init(_ usage: JSONValue) {
    for (key, value) in usage.members {
      switch key {
      case "input_tokens": input = value.tokenCount
      case "output_tokens": output = value.tokenCount
      case "cache_read_input_tokens": cacheRead = value.tokenCount
      case "cache_creation_input_tokens": cacheWrite = value.tokenCount
      case "cache_creation": cacheWriteHour = value["ephemeral_1h_input_tokens"]?.tokenCount
      case "output_tokens_details": reasoning = value["thinking_tokens"]?.tokenCount
      default: break
      }
    }
  }

  /// Unites what another line says of the same response.
  mutating func formMaximum(_ other: TokenUsage) { unite(other, max) }
}
