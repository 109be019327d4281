internal import Catchment
internal import DuckDB
internal import JSONTape

/// Content is always a list of blocks, whatever the platform wrote.
extension ClaudeDraft {
  /// Takes a message's content; tells whether it holds a tool's result.
  func takeContent(
    _ content: JSONValue?, of message: Int32, _ line: ClaudeLine, _ bytes: Slice
  ) -> Bool {
    guard let content, !content.isNull else { return false }
    switch content.kind {
    case .string:
      append(text(slice(content, bytes), bytes), to: message)
      return false
    case .array:
      var hasResult = false
      for block in content.elements {
        hasResult = takeBlock(block, of: message, line, bytes) || hasResult
      }
      return hasResult
    default:
      return takeBlock(content, of: message, line, bytes)
    }
  }

  /// Takes one block; tells whether it is the result of a call.
  func takeBlock(
    _ block: JSONValue, of message: Int32, _ line: ClaudeLine, _ bytes: Slice
  ) -> Bool {
    if block.kind == .string {
      append(text(slice(block, bytes), bytes), to: message)
      return false
    }
    let type = block["type"]?.text
    if let type {
      if type == "tool_use", takeToolUse(block, of: message, bytes) { return false }
      if type == "tool_result", takeToolResult(block, of: message, line, bytes) { return true }
    }
    let written = written(block, type, bytes)
    let kind = type != nil || block.isBlock ? ClaudePiece.Kind.block : .value
    append(ClaudePiece(kind: kind, first: written, second: written), to: message)
    return false
  }

  /// A block as it was written, but for the file that it holds.
  func written(_ block: JSONValue, _ type: JSONText?, _ bytes: Slice) -> Slice {
    if let type, type == "image" || type == "document",
      let rewritten = files.rewritten(block)
    {
      return rewritten.bytes
    }
    return slice(block, bytes)
  }

  private func text(_ token: Slice, _ bytes: Slice) -> ClaudePiece {
    ClaudePiece(kind: .text, first: token, second: token)
  }

  func append(_ piece: ClaudePiece, to message: Int32) {
    let index = Int32(pieces.count)
    pieces.append(piece)
    let last = messages[Int(message)].lastPiece
    if last >= 0 {
      pieces[Int(last)].next = index
    } else {
      messages[Int(message)].firstPiece = index
    }
    messages[Int(message)].lastPiece = index
  }

  // MARK: Calls and results

  private func takeToolUse(_ block: JSONValue, of message: Int32, _ bytes: Slice) -> Bool {
    guard let id = block["id"], let nativeID = lasting(id, bytes), let idText = id.text,
      let name = block["name"], let nameText = name.text
    else { return false }
    append(
      ClaudePiece(kind: .toolUse, first: slice(id, bytes), second: slice(name, bytes)),
      to: message)
    let input = block["input"].map { files.rewritten($0)?.bytes ?? slice($0, bytes) }
    let draft = ClaudeCallDraft(
      id: callID(nativeID), message: message, nativeID: nativeID, name: intern(nameText),
      input: input, started: messages[Int(message)].ended,
      rawRecord: recordID)
    callsByNativeID[idText.fingerprint] = Int32(calls.count)
    calls.append(draft)
    return true
  }

  /// A call's identity is the record that made it and its id: ids alone are repeated by gateways.
  ///
  /// A record that makes a call again by the same id makes another.
  private func callID(_ nativeID: Slice) -> UUIDBytes {
    var id = callID(nativeID, of: entry.row ?? recordID)
    while !callIDs.insert(id).inserted { id = callID(nativeID, of: id) }
    return id
  }

  private func callID(_ nativeID: Slice, of record: UUIDBytes) -> UUIDBytes {
    var name = ByteBuffer()
    name.append(record.high)
    name.append(record.low)
    name.append(nativeID)
    return name.withUnsafeBytes { ids("tool_call", $0) }
  }

  private func takeToolResult(
    _ block: JSONValue, of message: Int32, _ line: ClaudeLine, _ bytes: Slice
  ) -> Bool {
    guard let id = block["tool_use_id"], let idText = id.text else { return false }
    let call = idText.fingerprint
    let content = block["content"]
    let rewritten = content?.kind == .array ? files.rewritten(block) : nil
    append(
      ClaudePiece(
        kind: .toolResult(call: call), first: slice(id, bytes),
        second: rewritten?.bytes ?? slice(block, bytes)),
      to: message)
    var result = toolResult(block, message: message, line, bytes)
    // A part of the block that the piece has: that is how it is known for the call's output.
    result.facts.output = content.map { rewritten?.part($0.source) ?? slice($0, bytes) }
    if let known = callsByNativeID[call] {
      attach(result, to: known)
    } else {
      orphanResults.append((call, result))
    }
    return true
  }

  /// The first result of a call stands; another is kept in its message alone.
  func attach(_ result: ClaudeResult, to call: Int32) {
    let place = Int(call)
    if calls[place].result == nil {
      calls[place].result = result.facts
      calls[place].agentID = result.agentID ?? calls[place].agentID
    }
    let message = Int(calls[place].message)
    if messages[message].stopReason != nil { messages[message].isClosed = true }
  }

  private func toolResult(
    _ block: JSONValue, message: Int32, _ line: ClaudeLine, _ bytes: Slice
  ) -> ClaudeResult {
    var result = ClaudeResult(
      facts: ToolResult(message: Int(message), completed: messages[Int(message)].started))
    let text = firstText(block["content"])
    result.facts.isError = block["is_error"]?.boolean
    if let text {
      if text.bytes.starts(with: "<tool_use_error>") { result.facts.isError = true }
      result.facts.exitCode = Self.exitCode(text)
    }
    if let details = line.toolUseResult, details.kind == .object {
      takeDetails(details, into: &result)
    }
    return result
  }

  /// What the sibling `toolUseResult` adds.
  ///
  /// Its token usage is not taken: the sub-agent's own file has it.
  private func takeDetails(_ details: JSONValue, into result: inout ClaudeResult) {
    for (key, value) in details.members {
      switch key {
      case "agentId": result.agentID = value.text.map(String.init)
      case "durationMs", "totalDurationMs": result.facts.duration = value.int64
      case "durationSeconds":
        result.facts.duration = value.double.flatMap {
          $0 >= 0 && $0 < 1e9 ? Int64($0 * 1_000) : nil
        }
      case "exitCode", "exit_code":
        result.facts.exitCode = value.int64.flatMap(Int32.init(exactly:))
      default: break
      }
    }
  }

  /// The format has no exit code; a failed command's output begins `Exit code N`.
  private static func exitCode(_ text: JSONText) -> Int32? {
    let mark: StaticString = "Exit code "
    guard text.bytes.starts(with: mark) else { return nil }
    let digits = text.bytes.dropFirst(mark.utf8CodeUnitCount).prefix(4)
      .prefix { $0 >= 0x30 && $0 <= 0x39 }
    guard !digits.isEmpty else { return nil }
    return digits.reduce(0) { $0 * 10 + Int32($1 - 0x30) }
  }
}
