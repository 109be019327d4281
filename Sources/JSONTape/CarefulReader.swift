/// Reads a document byte by byte, as RFC 8259 has it, and writes a tape like simdjson's.
///
/// It is for documents that simdjson refused: it finds the byte at which they go wrong, or accepts
/// what simdjson cannot hold. It keeps open containers on a stack of its own, so that nesting costs
/// no call depth, and looks at each byte a fixed number of times.
struct CarefulReader {
  let bytes: UnsafePointer<UInt8>
  let end: Int
  var position = 0

  let strings: UnsafeMutablePointer<UInt8>
  var stringEnd = 0
  private let words: UnsafeMutablePointer<UInt64>
  private var wordCount = 0
  private let structurals: UnsafeMutablePointer<UInt32>
  private var structuralCount = 0

  private let maximumDepth: Int
  private var open: ContiguousArray<Container> = []

  private struct Container {
    var word: Int
    var count: UInt64
    var isObject: Bool
  }

  init(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ maximumDepth: Int,
    _ buffers: borrowing TapeBuffers
  ) {
    self.bytes = bytes
    end = count
    self.maximumDepth = maximumDepth
    words = buffers.words
    strings = buffers.strings
    structurals = buffers.structurals
  }

  mutating func readDocument() throws(JSONError) {
    try refuseByteOrderMark()
    append(Tape.Mark.root)
    skipWhitespace()
    guard position < end else { throw error(.empty, "expected a value") }
    try readValue("expected a value")
    while let container = open.last {
      if container.isObject { try readMember(container) } else { try readElement(container) }
    }
    skipWhitespace()
    guard position == end else { throw unexpected("expected nothing after the value") }
    append(Tape.Mark.root)
    words[0] |= UInt64(wordCount)
    structurals[structuralCount] = UInt32(end)
  }

  private func refuseByteOrderMark() throws(JSONError) {
    let document = UnsafeRawBufferPointer(start: bytes, count: end)
    guard LineReader.byteOrderMarkLength(of: document) > 0 else { return }
    throw error(.syntax, "expected a value, not a byte order mark")
  }
}

// MARK: Containers

extension CarefulReader {
  /// Reads what follows in an array: its end, or a comma and an element.
  private mutating func readElement(_ array: Container) throws(JSONError) {
    skipWhitespace()
    if current == UInt8(ascii: "]") { return close(array, Tape.Mark.arrayEnd) }
    guard array.count > 0 else {
      count(array)
      return try readValue("expected a value or ']'")
    }
    try readMark(UInt8(ascii: ","), "expected ',' or ']' after the element")
    skipWhitespace()
    count(array)
    try readValue("expected a value after ','")
  }

  /// Reads what follows in an object: its end, or a comma, a key, a colon and a value.
  private mutating func readMember(_ object: Container) throws(JSONError) {
    skipWhitespace()
    if current == UInt8(ascii: "}") { return close(object, Tape.Mark.objectEnd) }
    var expected = "expected a key in double quotes or '}'"
    if object.count > 0 {
      try readMark(UInt8(ascii: ","), "expected ',' or '}' after the member")
      skipWhitespace()
      expected = "expected a key in double quotes after ','"
    }
    count(object)
    guard current == UInt8(ascii: "\"") else { throw unexpected(expected) }
    try readString()
    skipWhitespace()
    try readMark(UInt8(ascii: ":"), "expected ':' after the key")
    skipWhitespace()
    try readValue("expected a value after ':'")
  }

  private mutating func readMark(_ mark: UInt8, _ expected: String) throws(JSONError) {
    guard current == mark else { throw unexpected(expected) }
    appendStructural()
    position += 1
  }

  /// Reads a scalar, or the opening bracket of a container.
  private mutating func readValue(_ expected: String) throws(JSONError) {
    guard let byte = current else { throw unexpected(expected) }
    switch byte {
    case UInt8(ascii: "\""): try readString()
    case UInt8(ascii: "{"): try open(Tape.Mark.object)
    case UInt8(ascii: "["): try open(Tape.Mark.array)
    case UInt8(ascii: "t"): try readLiteral("true", Tape.Mark.yes)
    case UInt8(ascii: "f"): try readLiteral("false", Tape.Mark.no)
    case UInt8(ascii: "n"): try readLiteral("null", Tape.Mark.null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try readNumber()
    default: throw unexpected(expected)
    }
  }

  private mutating func open(_ mark: UInt8) throws(JSONError) {
    guard open.count < maximumDepth else {
      throw error(.tooDeep, "expected no more than \(maximumDepth) levels of containers")
    }
    appendStructural()
    open.append(Container(word: wordCount, count: 0, isObject: mark == Tape.Mark.object))
    append(mark)
    position += 1
  }

  private mutating func close(_ container: Container, _ mark: UInt8) {
    appendStructural()
    append(mark, UInt64(container.word))
    words[container.word] |= min(container.count, Tape.maximumCount) << 32 | UInt64(wordCount)
    open.removeLast()
    position += 1
  }

  private mutating func count(_ container: Container) {
    open[open.count - 1].count = container.count + 1
  }

  private mutating func readLiteral(_ literal: StaticString, _ mark: UInt8) throws(JSONError) {
    appendStructural()
    for index in 0..<literal.utf8CodeUnitCount {
      guard current == literal.utf8Start[index] else { throw unexpected("expected '\(literal)'") }
      position += 1
    }
    append(mark)
  }
}

// MARK: Bytes in, words out

extension CarefulReader {
  var current: UInt8? { position < end ? bytes[position] : nil }

  private mutating func skipWhitespace() {
    while position < end, bytes[position].isJSONWhitespace { position += 1 }
  }

  mutating func appendStructural() {
    structurals[structuralCount] = UInt32(position)
    structuralCount += 1
  }

  mutating func append(_ mark: UInt8, _ payload: UInt64 = 0) {
    words[wordCount] = UInt64(mark) << 56 | payload
    wordCount += 1
  }

  /// Appends the word behind a number's mark.
  mutating func append(bits: UInt64) {
    words[wordCount] = bits
    wordCount += 1
  }

  func error(_ code: JSONError.Code, _ message: String) -> JSONError {
    JSONError(code: code, offset: position, message: message)
  }

  /// The fault of the byte at `position`, or of the document's ending there.
  func unexpected(_ expected: String) -> JSONError {
    guard position < end else {
      return error(.truncated, expected + ", but the document ends")
    }
    guard bytes[position] < 0x80 || utf8Length > 0 else {
      return error(.invalidUTF8, Self.invalidUTF8)
    }
    return error(.syntax, expected)
  }

  static let invalidUTF8 = "expected UTF-8"
}
