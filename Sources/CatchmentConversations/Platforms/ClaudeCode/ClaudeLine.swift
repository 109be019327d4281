internal import JSONTape

/// The members of one transcript line that mean something, found in one pass over it.
///
/// Views on the parser's tape: valid until the next line is parsed. A member that is absent or
/// null is nil. The format has no public schema; what is known of it comes from files written by
/// versions 1.0 to 2.1.
struct ClaudeLine {
  var type: JSONValue?
  var uuid: JSONValue?
  var parentUUID: JSONValue?
  var logicalParentUUID: JSONValue?
  var sessionID: JSONValue?
  var sessionKind: JSONValue?
  var agentID: JSONValue?
  var timestamp: JSONValue?
  var message: JSONValue?
  var requestID: JSONValue?
  var apiBlockIndex: JSONValue?
  var isSidechain: JSONValue?
  var isMeta: JSONValue?
  var isCompactSummary: JSONValue?
  var isAPIError: JSONValue?
  var cwd: JSONValue?
  var gitBranch: JSONValue?
  var version: JSONValue?
  var userType: JSONValue?
  var subtype: JSONValue?
  var content: JSONValue?
  var costUSD: JSONValue?
  var durationMS: JSONValue?
  var toolUseResult: JSONValue?
  var summary: JSONValue?
  var leafUUID: JSONValue?
  var attachment: JSONValue?
  var rendered: JSONValue?
  var compactMetadata: JSONValue?
  var aiTitle: JSONValue?
  var data: JSONValue?
  var parentToolUseID: JSONValue?
  var totalCostUSD: JSONValue?

  init(_ object: JSONValue) {
    for (key, value) in object.members where !value.isNull { take(key, value) }
  }

  /// Sorted by the key's length first: most keys are told apart without looking at a letter.
  private mutating func take(_ key: JSONText, _ value: JSONValue) {
    switch key.count {
    case 3: if key == "cwd" { cwd = value }
    case 4: takeFour(key, value)
    case 6: if key == "isMeta" { isMeta = value }
    case 7: takeSeven(key, value)
    case 8: takeEight(key, value)
    case 9: takeNine(key, value)
    case 10: takeTen(key, value)
    case 11: takeEleven(key, value)
    case 13: takeThirteen(key, value)
    default: takeLong(key, value)
    }
  }

  private mutating func takeFour(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "type": type = value
    case "uuid": uuid = value
    case "data": data = value
    default: break
    }
  }

  private mutating func takeSeven(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "message": message = value
    case "version": version = value
    case "agentId": agentID = value
    case "subtype": subtype = value
    case "content": content = value
    case "costUSD": costUSD = value
    case "summary": summary = value
    case "aiTitle": aiTitle = value
    default: break
    }
  }

  private mutating func takeEight(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "userType": userType = value
    case "leafUuid": leafUUID = value
    case "rendered": rendered = value
    default: break
    }
  }

  private mutating func takeNine(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "sessionId": sessionID = value
    case "timestamp": timestamp = value
    case "requestId": requestID = value
    case "gitBranch": gitBranch = value
    default: break
    }
  }

  private mutating func takeTen(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "parentUuid": parentUUID = value
    case "durationMs": durationMS = value
    case "attachment": attachment = value
    default: break
    }
  }

  private mutating func takeEleven(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "isSidechain": isSidechain = value
    case "sessionKind": sessionKind = value
    default: break
    }
  }

  private mutating func takeThirteen(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "toolUseResult": toolUseResult = value
    case "apiBlockIndex": apiBlockIndex = value
    default: break
    }
  }

  private mutating func takeLong(_ key: JSONText, _ value: JSONValue) {
    switch key {
    case "isCompactSummary": isCompactSummary = value
    case "isApiErrorMessage": isAPIError = value
    case "logicalParentUuid": logicalParentUUID = value
    case "compactMetadata": compactMetadata = value
    case "parentToolUseID": parentToolUseID = value
    case "totalCostUSD": totalCostUSD = value
    default: break
    }
  }
}

/// What a line is, by its `type`.
enum ClaudeLineType {
  case user, assistant, system, attachment, summary
  /// Known, and without anything for the tables: progress, file history, queue operations.
  case progress, bookkeeping
  /// Says something about the whole session: its title, mode, last prompt or cost.
  case sessionMetadata
  case costState
  case unknown

  init(_ type: JSONText) {
    self =
      switch type {
      case "user": .user
      case "assistant": .assistant
      case "system": .system
      case "attachment": .attachment
      case "summary": .summary
      case "progress": .progress
      case "file-history-snapshot", "queue-operation", "atis-latch": .bookkeeping
      case "ai-title", "last-prompt", "permission-mode", "mode": .sessionMetadata
      case "cost-state": .costState
      default: .unknown
      }
  }

  /// Whether lines of this type become messages, or parts of one.
  var makesMessage: Bool {
    switch self {
    case .user, .assistant, .system, .attachment: true
    default: false
    }
  }

  /// Whether a line of this type says something in, or of, a conversation.
  func isOfSession(_ line: ClaudeLine) -> Bool {
    switch self {
    case .user, .assistant, .system: true
    case .attachment: line.uuid != nil && line.attachment != nil
    case .summary, .costState: line.sessionID != nil
    case .sessionMetadata: line.sessionID != nil && line.aiTitle?.text != nil
    case .progress, .bookkeeping, .unknown: false
    }
  }
}
