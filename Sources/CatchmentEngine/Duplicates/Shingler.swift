internal import JSONTape

/// Takes the words out of a message's content and gives a hash for every three in a row.
///
/// Case, white space and punctuation do not matter, nor do ids and types: so a message that was
/// exported again has the same shingles. A text of fewer words is one shingle. Windows do not reach
/// from one text into the next, so the order of messages does not matter either.
struct Shingler {
  /// How many words make a shingle.
  static let width = 3

  private let parser = TapeParser()
  private var words = WordHasher()

  /// Calls `body` with each shingle of a JSON text; one that is no JSON has none.
  mutating func forEachShingle(
    of content: UnsafeRawBufferPointer, _ body: (UInt64) -> Void
  ) {
    let value: JSONValue
    do throws(JSONError) {
      value = try parser.parse(content, isPadded: false)
    } catch {
      return
    }
    visit(value, body)
  }

  private mutating func visit(_ value: JSONValue, _ body: (UInt64) -> Void) {
    switch value.kind {
    case .array:
      for element in value.elements { visit(element, body) }
    case .object:
      for (key, member) in value.members where !Self.isMark(key) { visit(member, body) }
    case .string:
      if let text = value.text { words.forEachShingle(of: text.bytes, body) }
    default: break
    }
  }

  /// Members that name a thing instead of saying something.
  private static func isMark(_ key: JSONText) -> Bool {
    switch key {
    case "type", "name", "signature", "data", "url", "mimeType", "mime_type", "media_type",
      "timestamp", "createdAt", "created_at", "role", "status", "sha256", "phase":
      true
    default: endsInID(key.bytes)
    }
  }

  /// `id`, `tool_use_id`, `callId`, `ID`.
  private static func endsInID(_ key: UnsafeRawBufferPointer) -> Bool {
    guard key.count >= 2 else { return false }
    let (first, last) = (key[key.count - 2], key[key.count - 1])
    guard last | 32 == UInt8(ascii: "d"), first | 32 == UInt8(ascii: "i") else { return false }
    return key.count == 2 || first == UInt8(ascii: "I") || key[key.count - 3] == UInt8(ascii: "_")
  }
}

/// The hashes of the last words of a text.
private struct WordHasher {
  /// The newest last.
  private var recent: (UInt64, UInt64, UInt64) = (0, 0, 0)
  private var count = 0

  private static let seed: UInt64 = 0x9e37_79b9_7f4a_7c15

  mutating func forEachShingle(of text: UnsafeRawBufferPointer, _ body: (UInt64) -> Void) {
    (recent, count) = ((0, 0, 0), 0)
    var place = 0
    var hash = Self.seed
    var isInWord = false
    while place < text.count {
      let byte = text[place]
      let length = Self.separator(byte, text, place)
      if length == 0, !Self.standsAlone(byte) {
        hash = Self.mix(hash, UInt64(Self.lowercase(byte)))
        isInWord = true
        place += 1
        continue
      }
      if isInWord { end(hash, body) }
      (hash, isInWord) = (Self.seed, false)
      guard length == 0 else {
        place += length
        continue
      }
      for offset in 0..<min(3, text.count - place) {
        hash = Self.mix(hash, UInt64(text[place + offset]))
      }
      end(hash, body)
      hash = Self.seed
      place += 3
    }
    if isInWord { end(hash, body) }
    if count > 0, count < Shingler.width { body(shingle) }
  }

  private mutating func end(_ hash: UInt64, _ body: (UInt64) -> Void) {
    recent = (recent.1, recent.2, Self.finish(hash))
    count += 1
    if count >= Shingler.width { body(shingle) }
  }

  private var shingle: UInt64 {
    let first = Self.mix(recent.0 &+ Self.seed, recent.1)
    return Self.finish(Self.mix(first, recent.2))
  }

  @inline(__always)
  private static func mix(_ hash: UInt64, _ value: UInt64) -> UInt64 {
    (hash ^ value) &* 0x0000_0100_0000_01b3 &+ (hash >> 29)
  }

  @inline(__always)
  private static func finish(_ hash: UInt64) -> UInt64 {
    var hash = hash
    hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
    hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
    return hash ^ (hash >> 31)
  }

  @inline(__always)
  private static func lowercase(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 32 : byte
  }

  /// Chinese, Japanese and Korean write no spaces: each character is a word.
  @inline(__always)
  private static func standsAlone(_ byte: UInt8) -> Bool { byte >= 0xe3 && byte <= 0xed }

  /// How many bytes of something between words begin here; 0 inside a word.
  @inline(__always)
  private static func separator(
    _ byte: UInt8, _ text: UnsafeRawBufferPointer, _ place: Int
  ) -> Int {
    if byte < 0x80 {
      let isWord =
        lowercase(byte) &- UInt8(ascii: "a") < 26 || byte &- UInt8(ascii: "0") < 10
        || byte == UInt8(ascii: "_")
      return isWord ? 0 : 1
    }
    return wideSeparator(byte, text, place)
  }

  /// Spaces and punctuation outside ASCII: U+00A0…U+00BF, U+2000…U+207F, U+3000…U+303F.
  private static func wideSeparator(
    _ byte: UInt8, _ text: UnsafeRawBufferPointer, _ place: Int
  ) -> Int {
    guard place + 1 < text.count else { return 0 }
    let next = text[place + 1]
    switch (byte, next) {
    case (0xc2, _): return 2
    case (0xe2, 0x80), (0xe2, 0x81), (0xe3, 0x80): return min(3, text.count - place)
    default: return 0
    }
  }
}
