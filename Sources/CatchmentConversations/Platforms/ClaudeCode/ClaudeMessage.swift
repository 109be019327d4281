internal import JSONTape

/// The members of a line's `message`, found in one pass: looking each up would step over the content
/// every time.
struct ClaudeMessage {
  var id: JSONValue?
  var model: JSONValue?
  var content: JSONValue?
  var stopReason: JSONValue?
  var usage: JSONValue?

  init(_ message: JSONValue?) {
    guard let message else { return }
    for (key, value) in message.members where !value.isNull {
      switch key {
      case "id": id = value
      case "model": model = value
      case "content": content = value
      case "stop_reason": stopReason = value
      case "usage": usage = value
      default: break
      }
    }
  }
}
