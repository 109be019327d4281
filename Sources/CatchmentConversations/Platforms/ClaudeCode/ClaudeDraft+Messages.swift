internal import Catchment
internal import Crypto
internal import DuckDB
internal import JSONTape

/// User, system and attachment records make a message each; assistant lines are gathered by
/// response.
extension ClaudeDraft {
  func takeUser(_ line: ClaudeLine, _ bytes: Slice) {
    let index = newMessage(line, role: .user, kind: "prompt")
    let content = line.message?["content"]
    messages[Int(index)].isCompactSummary = line.isCompactSummary?.boolean ?? false
    let hasResult = takeContent(content, of: index, line, bytes)
    let kind = userKind(line, content, hasResult: hasResult)
    messages[Int(index)].kind = kind
    if kind.isPrompt { notePrompt(firstText(content), session: Int(messages[Int(index)].session)) }
    if messages[Int(index)].isCompactSummary { takeCompactSummary(content, message: index) }
  }

  private func userKind(
    _ line: ClaudeLine, _ content: JSONValue?, hasResult: Bool
  ) -> StaticString {
    if hasResult { return "tool_result" }
    if line.isCompactSummary?.boolean == true { return "compact_summary" }
    if line.isMeta?.boolean == true { return "meta" }
    return firstText(content).map { ClaudePromptKind.kind(of: $0.bytes) } ?? "prompt"
  }

  /// The first line of the first prompt, for a title.
  private func notePrompt(_ text: JSONText?, session: Int) {
    guard let text, sessions[session].firstPrompt == nil else { return }
    let line = String(text).drop { $0.isWhitespace }.prefix { !$0.isNewline }.prefix(100)
    if !line.isEmpty { sessions[session].firstPrompt = arena.keep(String(line)) }
  }

  func firstText(_ content: JSONValue?) -> JSONText? {
    guard let content else { return nil }
    if let text = content.text { return text }
    for block in content.elements {
      if let text = block["text"]?.text { return text }
    }
    return nil
  }

  func takeSystem(_ line: ClaudeLine, _ bytes: Slice) {
    let index = newMessage(line, role: .system, kind: "system")
    if let subtype = line.subtype?.text {
      messages[Int(index)].kind = subtype == "compact_boundary" ? "compact_boundary" : "system"
    }
    if let content = line.content ?? line.message?["content"] {
      _ = takeContent(content, of: index, line, bytes)
    }
    messages[Int(index)].metadata = metadata(
      [
        ("subtype", line.subtype), ("duration_ms", line.durationMS),
        ("compaction", line.compactMetadata),
      ], bytes)
  }

  func takeAttachment(_ line: ClaudeLine, _ bytes: Slice) {
    guard line.uuid != nil, let attachment = line.attachment else { return bridge(line) }
    let index = newMessage(line, role: .system, kind: "attachment")
    let shown = line.rendered.map { slice($0, bytes) } ?? Slice(rebasing: bytes[..<0])
    let written = files.rewritten(attachment)?.bytes ?? slice(attachment, bytes)
    append(ClaudePiece(kind: .attachment, first: written, second: shown), to: index)
  }

  /// Lets the chain of parents pass through a record that makes no message.
  func bridge(_ line: ClaudeLine) {
    guard entry.identity != 0 else { return }
    let parent = line.parentUUID?.text ?? line.logicalParentUUID?.text
    links[entry.identity] = .bridge(to: parent?.fingerprint ?? 0)
  }

  func takeProgress(_ line: ClaudeLine) {
    bridge(line)
    if let call = line.parentToolUseID?.text, let agent = line.data?["agentId"]?.text {
      agentsByCall[call.fingerprint] = agentsByCall[call.fingerprint] ?? String(agent)
    }
  }

  // MARK: Making a message

  func newMessage(
    _ line: ClaudeLine, role: ClaudeMessageDraft.Role, kind: StaticString
  ) -> Int32 {
    let index = Int32(messages.count)
    let session = session(of: line)
    let parent = line.parentUUID?.text ?? line.logicalParentUUID?.text
    var message = ClaudeMessageDraft(
      id: messageID(line), session: session, unit: unit, role: role, kind: kind,
      parent: parent?.fingerprint ?? 0, rawRecord: recordID,
      ledgerPlace: Int32(ledger[Int(unit)].count))
    message.started = time(of: line)
    message.ended = message.started
    message.isSidechain = line.isSidechain?.boolean ?? false
    message.isMeta = line.isMeta?.boolean ?? false
    message.userType = line.userType?.text.map(intern)
    message.cost = line.costUSD?.double
    messages.append(message)
    if entry.identity != 0 { links[entry.identity] = .message(index) }
    entry.outcome = .loaded
    entry.row = message.id
    noteContext(line, session: session, time: message.started)
    return index
  }

  private func messageID(_ line: ClaudeLine) -> UUIDBytes {
    guard let uuid = line.uuid?.text else { return ids("message", anonymousName()) }
    return ids("message", uuid.bytes)
  }

  /// The record's time; a missing or absurd one is left out and remarked on.
  private func time(of line: ClaudeLine) -> Int64? {
    guard let value = line.timestamp else {
      entry.issue = .init("timestamp_missing", "the record has no timestamp; left empty")
      return nil
    }
    let time = value.text.map { Timestamp.parse($0.bytes) } ?? value.double.flatMap(Timestamp.parse)
    if time == nil {
      entry.issue = .init(
        "timestamp_absurd", "the timestamp is no plausible time; left empty",
        column: value.source.lowerBound)
    }
    return time
  }

  /// What each line says of its session: the newest word wins, except for the beginning.
  func noteContext(_ line: ClaudeLine, session index: Int32, time: Int64?) {
    let place = Int(index)
    entry.scope = sessions[place].id
    if let digest = record?.digest { sessions[place].rawChecksum.add(digest) }
    keep(line.version, in: &sessions[place].version)
    keep(line.gitBranch, in: &sessions[place].branch)
    if sessions[place].cwd == nil { keep(line.cwd, in: &sessions[place].cwd) }
    if line.isSidechain?.boolean == true { sessions[place].hasSidechain = true }
    if let kind = line.sessionKind?.text, kind == "bg" { sessions[place].isBackground = true }
    guard let time else { return }
    sessions[place].started = min(sessions[place].started ?? time, time)
    sessions[place].ended = max(sessions[place].ended ?? time, time)
  }

  /// Nearly every line repeats the last one's: then nothing is kept anew.
  private func keep(_ value: JSONValue?, in latest: inout Slice?) {
    guard let text = value?.text, !text.isEmpty else { return }
    if let latest, JSONText(bytes: latest) == text { return }
    latest = arena.keep(text.bytes)
  }

  // MARK: Bytes that last

  /// The value's JSON as it was written, in the unit's own bytes.
  func slice(_ value: JSONValue, _ bytes: Slice) -> Slice { Slice(rebasing: bytes[value.source]) }

  /// The decoded text of a string: in the unit's bytes when it was written without escapes.
  func lasting(_ value: JSONValue?, _ bytes: Slice) -> Slice? {
    guard let value, let text = value.text else { return nil }
    let source = value.source
    guard source.count == text.count + 2 else { return arena.keep(text.bytes) }
    return Slice(rebasing: bytes[source.lowerBound + 1..<source.upperBound - 1])
  }

  /// A text that many records share: kept once.
  func intern(_ text: JSONText) -> Slice {
    let name = text.fingerprint
    if let known = interned[name] { return known }
    let kept = arena.keep(text.bytes)
    interned[name] = kept
    return kept
  }

  /// A JSON object of the values that are there, or nil.
  func metadata(_ members: [(StaticString, JSONValue?)], _ bytes: Slice) -> Slice? {
    var json = ByteBuffer()
    for case (let name, let value?) in members {
      json.append(json.isEmpty ? "{\"" : ",\"")
      json.append(name)
      json.append("\":")
      json.append(slice(value, bytes))
    }
    guard !json.isEmpty else { return nil }
    json.append("}")
    return json.withUnsafeBytes { arena.keep($0) }
  }
}
