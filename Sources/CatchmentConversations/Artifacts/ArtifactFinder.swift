internal import Catchment
internal import Crypto
internal import JSONTape

/// Takes the files out of what messages and tools say: base64 text becomes an artifact, and a
/// reference stands in its place.
///
/// A member that holds a file's bytes becomes a member `artifact`; all else stays as it was written.
/// These hold a file:
/// - a text that is a `data:` URL with base64 in it;
/// - `data`, `blob` or `base64` beside `"type": "base64"`, or beside a media type (`media_type`,
///   `mimeType`, `mime_type`, `mediaType`) of what is no text;
/// - `data` beside the `format` of a recording;
/// - `b64_json`, and the `result` of an `image_generation_call`.
///
/// A member that points at one of the `companions` stays too, and the member `artifact` follows it.
final class ArtifactFinder {
  /// A place in a document and what is to stand there.
  private struct Edit {
    var range: Range<Int>
    var text: String
  }

  private(set) var artifacts: ContiguousArray<Artifact> = []
  /// The files that came beside the records, by what the names of those begin with that are pointed at.
  var companions: [String: CompanionReference] = [:]
  private let arena: TextArena
  private var edits: [Edit] = []
  /// Whether something since the last question called itself base64 and is none.
  private var isUndecodable = false

  init(_ arena: TextArena) { self.arena = arena }

  func reset() {
    artifacts.removeAll()
    companions.removeAll()
  }

  /// A value's JSON with references in the place of files; nil when there are none.
  ///
  /// The value's document must live as long as the arena's texts.
  ///
  /// - Parameter isFile: whether a text, too, may be a `data:` URL in place of a file.
  func rewritten(_ value: JSONValue, isFile: Bool = false) -> RewrittenJSON? {
    edits.removeAll(keepingCapacity: true)
    switch value.kind {
    case .object, .array: visit(value)
    case .string where isFile: visitURL(value, key: nil)
    default: return nil
    }
    guard !edits.isEmpty else { return nil }
    edits.sort { $0.range.lowerBound < $1.range.lowerBound }
    let (whole, document) = (value.source, value.sourceText.bytes)
    var buffer = ByteBuffer()
    var moves: [RewrittenJSON.Move] = []
    var place = whole.lowerBound
    for edit in edits {
      let kept = place - whole.lowerBound..<edit.range.lowerBound - whole.lowerBound
      buffer.append(UnsafeRawBufferPointer(rebasing: document[kept]))
      buffer.append(text: edit.text)
      place = edit.range.upperBound
      moves.append(.init(from: place, to: buffer.count))
    }
    buffer.append(UnsafeRawBufferPointer(rebasing: document[(place - whole.lowerBound)...]))
    let kept = buffer.withUnsafeBytes { arena.keep($0) }
    return RewrittenJSON(bytes: kept, start: whole.lowerBound, moves: moves)
  }

  /// Whether something since the last question called itself base64 and is none.
  func takeFailure() -> Bool {
    defer { isUndecodable = false }
    return isUndecodable
  }

  // MARK: Looking

  private func visit(_ value: JSONValue) {
    if value.kind == .object { return visitObject(value) }
    for element in value.elements {
      switch element.kind {
      case .object, .array: visit(element)
      case .string: visitURL(element, key: nil)
      default: break
      }
    }
  }

  private func visitObject(_ object: JSONValue) {
    var facts = Facts()
    for (key, value) in object.members {
      switch value.kind {
      case .object, .array: visit(value)
      case .string: if !visitURL(value, key: key) { facts.note(key, value) }
      default: break
      }
    }
    if let pointer = facts.pointer { refer(pointer) }
    guard let (key, value) = facts.file else { return }
    take(value.text?.bytes, of: value, key: key, facts.media.map(String.init))
  }

  /// What an object says of the file that it may hold.
  private struct Facts {
    var media: JSONText?
    /// A member that may point at a file beside the record.
    var pointer: JSONValue?
    private var type: JSONText?
    private var hasFormat = false
    private var data: (key: JSONText, value: JSONValue)?
    private var picture: (key: JSONText, value: JSONValue)?
    private var result: (key: JSONText, value: JSONValue)?

    mutating func note(_ key: JSONText, _ value: JSONValue) {
      switch key {
      case "media_type", "mimeType", "mime_type", "mediaType": media = value.text
      case "type": type = value.text
      case "format": hasFormat = true
      case "data", "blob", "base64": data = (key, value)
      case "b64_json": picture = (key, value)
      case "result": result = (key, value)
      case "id": pointer = pointer ?? value
      default: if AssetPointer.isKey(key) { pointer = value }
      }
    }

    var file: (key: JSONText, value: JSONValue)? {
      if let picture { return picture }
      if let type, type == "image_generation_call" { return result }
      guard let data else { return nil }
      let isStated = type.map { $0 == "base64" } ?? false
      return isStated || hasFormat || media.map(isBinary) ?? false ? data : nil
    }

    private func isBinary(_ media: JSONText) -> Bool {
      !media.bytes.starts(with: "text/") && media != "application/json"
    }
  }

  /// Takes the file of a `data:` URL; tells whether it is such a URL.
  @discardableResult
  private func visitURL(_ value: JSONValue, key: JSONText?) -> Bool {
    guard let text = value.text, text.bytes.starts(with: "data:") else { return false }
    let head = Slice(rebasing: text.bytes.prefix(256))
    guard let mark = head.firstRange(of: ";base64,") else { return false }
    let media = Slice(rebasing: text.bytes[5..<mark.lowerBound])
    let data = Slice(rebasing: text.bytes[mark.upperBound...])
    take(data, of: value, key: key, media.isEmpty ? nil : media.string)
    return true
  }

  // MARK: Taking

  /// Puts a reference behind a member that points at a file beside the record.
  private func refer(_ pointer: JSONValue) {
    guard !companions.isEmpty, let text = pointer.text, let name = AssetPointer.name(text),
      let file = companions[name]
    else { return }
    let end = pointer.source.upperBound
    edits.append(Edit(range: end..<end, text: ",\(file.member)"))
  }

  private func take(_ data: Slice?, of value: JSONValue, key: JSONText?, _ media: String?) {
    guard let data, !data.isEmpty else { return }
    guard let bytes = Base64.decode(data), let place = place(of: value, key) else {
      isUndecodable = true
      return
    }
    let sha256 = Hex.text(SHA256.hash(data: bytes))
    artifacts.append(Artifact(sha256: sha256, base64: lasting(data, of: value)))
    let type = media.map { ",\"media_type\":\(JSONString.quoted($0))" } ?? ""
    let reference = "\"artifact\":{\"sha256\":\"\(sha256)\"\(type),\"bytes\":\(bytes.count)}"
    edits.append(Edit(range: place, text: key == nil ? "{\(reference)}" : reference))
  }

  /// The bytes where they are written when nothing in them is escaped, else a copy that lasts.
  private func lasting(_ data: Slice, of value: JSONValue) -> Slice {
    let source = value.sourceText.bytes
    guard let text = value.text, source.count == text.count + 2 else { return arena.keep(data) }
    let end = source.count - 1
    return Slice(rebasing: source[(end - data.count)..<end])
  }

  /// Where the value stands, with its key; nil when the key is written with escapes.
  private func place(of value: JSONValue, _ key: JSONText?) -> Range<Int>? {
    let range = value.source
    guard let key else { return range }
    guard let start = value.sourceText.bytes.baseAddress else { return nil }
    let document = Slice(start: start - range.lowerBound, count: range.lowerBound)
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    guard let colon = document.lastIndex(where: { !isSpace($0) }),
      document[colon] == UInt8(ascii: ":"),
      let quote = document[..<colon].lastIndex(where: { !isSpace($0) }),
      document[quote] == UInt8(ascii: "\""), quote > key.count,
      document[(quote - key.count)..<quote].elementsEqual(key.bytes),
      document[quote - key.count - 1] == UInt8(ascii: "\"")
    else { return nil }
    return (quote - key.count - 1)..<range.upperBound
  }
}

/// JSON in which something was replaced, and where its parts have gone.
struct RewrittenJSON {
  /// Behind an edit, a place in the document stands at a place in the bytes.
  struct Move {
    var from: Int
    var to: Int
  }

  let bytes: Slice
  fileprivate let start: Int
  fileprivate let moves: [Move]

  /// The part that stood at a range of the document, which no edit may cut.
  func part(_ range: Range<Int>) -> Slice {
    Slice(rebasing: bytes[moved(range.lowerBound)..<moved(range.upperBound)])
  }

  private func moved(_ place: Int) -> Int {
    guard let last = moves.last(where: { $0.from <= place }) else { return place - start }
    return last.to + place - last.from
  }
}

extension LedgerEntry.Issue {
  /// Something in the record calls itself base64 and is none.
  static var undecodableArtifact: LedgerEntry.Issue {
    .init(
      "artifact_undecodable",
      "the data of a file in it is not base64; it is kept as it was written")
  }
}
