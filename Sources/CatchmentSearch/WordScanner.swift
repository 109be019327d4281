/// Finds the words of a text, as the index and the marks of a hit both see them.
///
/// A word is a run of letters and digits without case and accents. An identifier such as
/// `parseHTTPResponse` is three words, `parse`, `http`, `response`, and one, `parsehttpresponse`,
/// in the place of the first; `snake_case` and paths fall apart by themselves.
struct WordScanner {
  /// What longer words, such as encoded files, are known by.
  private static let longest = 64

  private var letters = LetterTable()
  private var folded: [UInt8] = []
  /// Where each part begins, in the folded word and in the text.
  private var parts: [(word: Int, text: Int)] = []

  struct Word {
    /// Valid in the call that it is handed to.
    var bytes: UnsafeBufferPointer<UInt8>
    /// In the bytes of the text.
    var place: Range<Int>
    /// Stands where its first part does.
    var isWhole = false
  }

  /// Hands each word to `body` until it returns false.
  ///
  /// Without `wholes` an identifier is its parts only: so a question looks for them side by side.
  mutating func scan(
    _ text: UnsafeRawBufferPointer, wholes: Bool = true, _ body: (Word) -> Bool
  ) {
    var position = 0
    while position < text.count {
      if text[position] < 0x80, LetterTable.ascii[Int(text[position])] == .separator {
        position += 1
        continue
      }
      let end = readRun(text, from: position)
      guard emit(upTo: end, wholes: wholes, body) else { return }
      position = end
    }
  }

  /// Reads letters up to the next separator; returns where the run ends.
  private mutating func readRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    folded.removeAll(keepingCapacity: true)
    parts.removeAll(keepingCapacity: true)
    var seam = CaseSeam()
    var position = start
    while position < text.count {
      let byte = text[position]
      if byte < 0x80 {
        let kind = LetterTable.ascii[Int(byte)]
        guard kind != .separator else { return position }
        note(seam.step(kind, at: (folded.count, position)))
        folded.append(kind == .upper ? byte | 0x20 : byte)
        position += 1
        continue
      }
      guard let (scalar, length) = Self.scalar(text, at: position) else { return position + 1 }
      let letter = letters[scalar]
      switch letter.kind {
      case .separator: return position + (position == start ? length : 0)
      case .ideograph where position > start: return position
      case .mark: break
      default:
        note(seam.step(letter.kind, at: (folded.count, position)))
        folded += letter.folded
      }
      position += length
      if letter.kind == .ideograph { return position }
    }
    return position
  }

  private mutating func note(_ seam: (word: Int, text: Int)?) {
    if let seam { parts.append(seam) }
  }

  private func emit(upTo end: Int, wholes: Bool, _ body: (Word) -> Bool) -> Bool {
    guard !folded.isEmpty, let first = parts.first else { return true }
    return folded.withUnsafeBufferPointer { bytes in
      guard parts.count > 1, bytes.count <= Self.longest else {
        let word = UnsafeBufferPointer(rebasing: bytes.prefix(Self.longest))
        return body(Word(bytes: word, place: first.text..<end))
      }
      for (index, part) in parts.enumerated() {
        let next = index + 1 < parts.count ? parts[index + 1] : (word: bytes.count, text: end)
        let word = UnsafeBufferPointer(rebasing: bytes[part.word..<next.word])
        guard body(Word(bytes: word, place: part.text..<next.text)) else { return false }
        guard index == 0, wholes else { continue }
        guard body(Word(bytes: bytes, place: first.text..<end, isWhole: true)) else {
          return false
        }
      }
      return true
    }
  }

  /// The character that begins at `position`, or nil where the bytes are not UTF-8.
  private static func scalar(
    _ text: UnsafeRawBufferPointer, at position: Int
  ) -> (Unicode.Scalar, Int)? {
    let lead = text[position]
    let length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
    guard lead >= 0xC2, lead <= 0xF4, position + length <= text.count else { return nil }
    var value = UInt32(lead) & (0x7F >> UInt32(length))
    for byte in text[position + 1..<position + length] {
      guard byte & 0xC0 == 0x80 else { return nil }
      value = value << 6 | UInt32(byte & 0x3F)
    }
    return Unicode.Scalar(value).map { ($0, length) }
  }
}

/// Where an identifier falls apart: before a capital that follows a small letter, and before the last
/// capital of several that a small letter follows.
private struct CaseSeam {
  private var previous: Letter.Kind?
  private var previousPlace = (word: 0, text: 0)
  private var capitals = 0
  private var hasSmall = false

  /// Where a part begins now, if one does.
  mutating func step(
    _ kind: Letter.Kind, at place: (word: Int, text: Int)
  ) -> (word: Int, text: Int)? {
    defer {
      previous = kind
      previousPlace = place
      capitals = kind == .upper ? capitals + 1 : 0
      if kind == .lower { hasSmall = true }
    }
    switch (previous, kind) {
    case (nil, _): return place
    case (.lower, .upper): return place
    case (.digit, .upper) where hasSmall: return place
    case (.upper, .lower) where capitals > 1: return previousPlace
    default: return nil
    }
  }
}
