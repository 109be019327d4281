internal import Catchment
internal import JSONTape

/// Content is always a list of blocks, whatever the platform writes.
extension ConversationDrafts {
  /// A value's JSON as it was written, in the record's own bytes, but for the files that it holds.
  func slice(_ value: JSONValue) -> Slice {
    files.rewritten(value)?.bytes ?? value.sourceText.bytes
  }

  /// A string's decoded text, kept as long as the reduction lives.
  func keep(_ value: JSONValue?) -> Slice? {
    guard let text = value?.text else { return nil }
    return arena.keep(text.bytes)
  }

  /// A text block; an empty one is left out.
  ///
  /// - Parameter text: a JSON string.
  func addText(_ text: JSONValue?, to message: Int) {
    guard let text, let words = text.text, !words.isEmpty else { return }
    add("{\"type\":\"text\",\"text\":", slice(text), "}", to: message)
  }

  func addText(_ text: String, to message: Int) {
    guard !text.isEmpty else { return }
    add("{\"type\":\"text\",\"text\":", arena.keep(JSONString.quoted(text)), "}", to: message)
  }

  /// What a model thought before it answered.
  func addThinking(_ text: JSONValue?, to message: Int) {
    guard let text, let words = text.text, !words.isEmpty else { return }
    add("{\"type\":\"thinking\",\"thinking\":", slice(text), "}", to: message)
  }

  func addThinking(_ text: String, to message: Int) {
    guard !text.isEmpty else { return }
    add(
      "{\"type\":\"thinking\",\"thinking\":", arena.keep(JSONString.quoted(text)), "}", to: message)
  }

  /// A block as the platform wrote it; what is none, such as a number, is a block of the type `value`.
  func addBlock(_ block: JSONValue, to message: Int) {
    guard block.isBlock else { return addBlock(type: "value", block, to: message) }
    add("", slice(block), "", to: message)
  }

  /// A block of a platform's own kind: `{"type": TYPE, "value": …}`.
  func addBlock(type: StaticString, _ value: JSONValue, to message: Int) {
    add("{\"type\":\"", type.slice, "\",\"value\":", to: message)
    append("", files.rewritten(value, isFile: true)?.bytes ?? slice(value), "}", to: message)
  }

  /// A block of a platform's own kind, which the platform names: `{"type": …, "value": …}`.
  ///
  /// - Parameter type: a JSON string.
  func addBlock(type: JSONValue, _ value: JSONValue, to message: Int) {
    add("{\"type\":", slice(type), ",\"value\":", to: message)
    append("", files.rewritten(value, isFile: true)?.bytes ?? slice(value), "}", to: message)
  }

  /// Notes a call and the block that stands for it; its input is in `tool_calls`.
  @discardableResult
  func addCall(
    _ nativeID: Slice, name: Slice, input: Slice?, to message: Int, started: Int64? = nil,
    uniqueName: Slice? = nil
  ) -> Int {
    let id = JSONString.quoted(JSONText(bytes: nativeID).description)
    let quotedName = JSONString.quoted(JSONText(bytes: name).description)
    add("{\"type\":\"tool_use\",\"id\":", arena.keep(id), ",\"name\":", to: message)
    append("", arena.keep(quotedName), "}", to: message)
    return call(
      nativeID, name, input: input, in: message, started: started, uniqueName: uniqueName)
  }

  /// Notes a result and the block that stands for it; its output is in `tool_calls`.
  ///
  /// - Parameter uniqueName: that of the call, when it has one.
  func addResult(
    _ result: ToolResult, of nativeID: Slice, to message: Int, uniqueName: Slice? = nil
  ) {
    let id = JSONString.quoted(JSONText(bytes: nativeID).description)
    add("{\"type\":\"tool_result\",\"tool_use_id\":", arena.keep(id), "}", to: message)
    var result = result
    result.message = message
    result.completed = result.completed ?? messages[message].started
    self.result(result, of: uniqueName ?? nativeID, in: messages[message].conversation)
  }

  /// Text as JSON that lives as long as the reduction.
  func json(_ text: String) -> Slice { arena.keep(JSONString.quoted(text)) }

  /// Text that is JSON already is kept as it is; other text becomes a JSON string.
  ///
  /// Many platforms write a call's arguments as a string that holds JSON.
  func embedded(_ value: JSONValue?) -> Slice? {
    guard let value, !value.isNull else { return nil }
    guard let text = value.text else { return slice(value) }
    return parsed(text.bytes) ?? slice(value)
  }

  /// The same of decoded text.
  func embedded(_ text: Slice) -> Slice {
    parsed(text) ?? json(String(decoding: text, as: UTF8.self))
  }

  /// The object or list that a text is, kept as long as the reduction lives; nil for other text.
  private func parsed(_ text: Slice) -> Slice? {
    guard let first = text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else {
      return nil
    }
    let kept = arena.keep(text, padding: TapeParser.padding)
    do throws(JSONError) {
      return slice(try checker.parse(kept, isPadded: true))
    } catch { return nil }
  }

  /// The JSON that a text holds; nil when it holds none.
  ///
  /// Many platforms write JSON into a string. The value is valid until the next call, what `slice`
  /// makes of it as long as the reduction.
  func nested(_ value: JSONValue?) -> JSONValue? {
    value?.text.flatMap { nested($0.bytes) }
  }

  /// The same of decoded text.
  func nested(_ text: Slice) -> JSONValue? {
    let kept = arena.keep(text, padding: TapeParser.padding)
    do throws(JSONError) {
      return try unfolder.parse(kept, isPadded: true)
    } catch { return nil }
  }

  private func add(
    _ before: StaticString, _ bytes: Slice, _ after: StaticString, to message: Int
  ) {
    link(BlockPiece(before: before, bytes: bytes, after: after, beginsBlock: true), to: message)
  }

  private func append(
    _ before: StaticString, _ bytes: Slice, _ after: StaticString, to message: Int
  ) {
    link(BlockPiece(before: before, bytes: bytes, after: after, beginsBlock: false), to: message)
  }

  private func link(_ piece: BlockPiece, to message: Int) {
    let place = pieces.count
    pieces.append(piece)
    if messages[message].lastPiece >= 0 {
      pieces[messages[message].lastPiece].next = place
    } else {
      messages[message].firstPiece = place
    }
    messages[message].lastPiece = place
  }
}
