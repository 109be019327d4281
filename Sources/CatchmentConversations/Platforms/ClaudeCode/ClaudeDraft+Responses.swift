internal import Catchment
internal import DuckDB
internal import JSONTape

/// An API response is written as one line a block, each with its own uuid and the usage repeated.
///
/// Lines are one response when they share message id and request id; without a request id, message
/// id alone, within the file. Because some servers give every response the same id, a new one
/// begins when the block index does not rise, or when the response had stopped and its tool's
/// result has been seen.
extension ClaudeDraft {
  func takeAssistant(_ line: ClaudeLine, _ bytes: Slice) {
    let message = ClaudeMessage(line.message)
    let key = responseKey(line, message)
    noteShared(line, message)
    if let known = repeatedResponse(key, line) {
      return takeRepeated(known, line, message, bytes)
    }
    let index = openResponse(key, line) ?? beginResponse(key, line, message, bytes)
    let place = Int(index)
    if let usage = message.usage {
      messages[place].usage.formMaximum(TokenUsage(usage))
    }
    if let reason = message.stopReason?.text { messages[place].stopReason = intern(reason) }
    messages[place].lastBlock = line.apiBlockIndex?.int64 ?? messages[place].lastBlock
    _ = takeContent(message.content, of: index, line, bytes)
  }

  /// 0 when the line names no response: then it is one of its own.
  private func responseKey(_ line: ClaudeLine, _ message: ClaudeMessage) -> UInt64 {
    guard let id = message.id?.text else { return 0 }
    if let request = line.requestID?.text {
      return id.fingerprint &* 31 &+ request.fingerprint
    }
    return id.fingerprint &* 31 &+ UInt64(unit) &+ 1
  }

  /// Two files that hold the same response at the same time share it, even under new uuids.
  func noteShared(_ line: ClaudeLine, _ message: ClaudeMessage) {
    let key = responseKey(line, message)
    guard key != 0, line.requestID != nil, let time = line.timestamp?.text else { return }
    noteIdentity(key ^ time.fingerprint &* 0x9e37_79b9_7f4a_7c15)
  }

  /// A response that another file of the family has: its lines may have new uuids here.
  private func repeatedResponse(_ key: UInt64, _ line: ClaudeLine) -> Int32? {
    guard key != 0, line.requestID != nil, let index = responses[key],
      messages[Int(index)].unit != unit
    else { return nil }
    return index
  }

  /// Takes what the other file lacks, and no more.
  private func takeRepeated(
    _ index: Int32, _ line: ClaudeLine, _ message: ClaudeMessage, _ bytes: Slice
  ) {
    if entry.identity != 0 { links[entry.identity] = .message(index) }
    entry.row = messages[Int(index)].id
    entry.scope = sessions[Int(messages[Int(index)].session)].id
    if let usage = message.usage { messages[Int(index)].usage.formMaximum(TokenUsage(usage)) }
    entry.outcome = .duplicate
    guard let content = message.content else { return }
    for block in content.elements where !hasBlock(block, in: index, bytes) {
      entry.outcome = .updated
      _ = takeBlock(block, of: index, line, bytes)
    }
  }

  /// Whether a message has a block already, byte for byte or by the call that it makes.
  private func hasBlock(_ block: JSONValue, in message: Int32, _ bytes: Slice) -> Bool {
    let written = JSONText(bytes: written(block, block["type"]?.text, bytes))
    let call = block["id"].map { JSONText(bytes: slice($0, bytes)) }
    var index = messages[Int(message)].firstPiece
    while index >= 0 {
      let known = JSONText(bytes: pieces[Int(index)].first)
      if known == written || call.map({ $0 == known }) == true { return true }
      index = pieces[Int(index)].next
    }
    return false
  }

  private func openResponse(_ key: UInt64, _ line: ClaudeLine) -> Int32? {
    guard key != 0, let index = responses[key] else { return nil }
    let message = messages[Int(index)]
    if message.isClosed { return nil }
    if let block = line.apiBlockIndex?.int64, let last = message.lastBlock, block <= last {
      return nil
    }
    continueResponse(index, line)
    return index
  }

  private func continueResponse(_ index: Int32, _ line: ClaudeLine) {
    let place = Int(index)
    if entry.identity != 0 { links[entry.identity] = .message(index) }
    entry.outcome = .updated
    entry.row = messages[place].id
    noteContext(line, session: messages[place].session, time: lineTime(line))
    if let time = lineTime(line) {
      messages[place].ended = max(messages[place].ended ?? time, time)
    }
    if let cost = line.costUSD?.double { messages[place].cost = messages[place].cost ?? cost }
  }

  private func lineTime(_ line: ClaudeLine) -> Int64? {
    line.timestamp?.text.flatMap { Timestamp.parse($0.bytes) }
  }

  private func beginResponse(
    _ key: UInt64, _ line: ClaudeLine, _ message: ClaudeMessage, _ bytes: Slice
  ) -> Int32 {
    let index = newMessage(line, role: .assistant, kind: "response")
    let place = Int(index)
    messages[place].responseID = lasting(message.id, bytes)
    messages[place].requestID = lasting(line.requestID, bytes)
    if let model = message.model?.text {
      messages[place].model = intern(model)
      if model == "<synthetic>" { messages[place].kind = "synthetic" }
    }
    if line.isAPIError?.boolean == true { messages[place].kind = "api_error" }
    if key != 0 { responses[key] = index }
    return index
  }
}
