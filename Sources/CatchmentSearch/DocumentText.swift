internal import JSONTape

/// Takes what a person would read out of JSON: its texts, one after another.
final class DocumentText {
  private let parser = TapeParser()
  private var text: [UInt8] = []

  /// The names of members that hold no words: ids, signatures, encoded files.
  private static let wordless: [StaticString] = [
    "type", "id", "tool_use_id", "signature", "thoughtSignature", "data", "media_type",
    "mimeType", "encrypted_content",
  ]

  /// All texts of what a message or a call gave; with `isInput`, of what a tool was given, where every
  /// name may be the tool's own.
  ///
  /// What is not JSON is text.
  func read(_ bytes: UnsafeRawBufferPointer, isInput: Bool) -> String {
    text.removeAll(keepingCapacity: true)
    do throws(JSONError) {
      let value = try parser.parse(bytes, isPadded: false)
      add(value, isInput: isInput)
    } catch {
      text += bytes
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func add(_ value: JSONValue, isInput: Bool) {
    switch value.kind {
    case .string:
      guard let found = value.text, !found.isEmpty else { return }
      if !text.isEmpty { text.append(UInt8(ascii: "\n")) }
      text += found.bytes
    case .array: value.forEachElement { add($0, isInput: isInput) }
    case .object:
      let isCall = !isInput && value["type"]?.text.map { $0 == "tool_use" } ?? false
      if isCall { return }
      value.forEachMember { name, member in
        if isInput || !Self.wordless.contains(where: { name == $0 }) {
          add(member, isInput: isInput)
        }
      }
    default: return
    }
  }
}
