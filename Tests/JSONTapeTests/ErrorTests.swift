import Testing

@testable import JSONTape

@Suite struct `A broken document` {
  struct Broken: Sendable, CustomTestStringConvertible {
    /// The document, with ▲ before the byte that cannot stand there.
    var marked: String
    var message: String
    var code = JSONError.Code.syntax
    var testDescription: String { marked }
  }

  static let documents = [
    Broken(marked: "▲", message: "expected a value", code: .empty),
    Broken(marked: " \n▲", message: "expected a value", code: .empty),
    Broken(marked: #"{"a" ▲1}"#, message: "expected ':' after the key"),
    Broken(marked: #"{"a": ▲}"#, message: "expected a value after ':'"),
    Broken(marked: #"{"a": 1 ▲"b": 2}"#, message: "expected ',' or '}' after the member"),
    Broken(marked: #"{"a": 1, ▲}"#, message: "expected a key in double quotes after ','"),
    Broken(marked: #"{▲a: 1}"#, message: "expected a key in double quotes or '}'"),
    Broken(marked: "[1, ▲]", message: "expected a value after ','"),
    Broken(marked: "[▲,1]", message: "expected a value or ']'"),
    Broken(marked: "[1 ▲2]", message: "expected ',' or ']' after the element"),
    Broken(marked: "[1▲}", message: "expected ',' or ']' after the element"),
    Broken(marked: "[tru▲]", message: "expected 'true'"),
    Broken(marked: "{} ▲{}", message: "expected nothing after the value"),
    Broken(marked: "[0▲1]", message: "expected no digit after a leading 0"),
    Broken(marked: "[-▲]", message: "expected a digit after '-'"),
    Broken(marked: "[1.▲e5]", message: "expected a digit after '.'"),
    Broken(marked: "[1e+▲]", message: "expected a digit in the exponent"),
    Broken(marked: #"["a\▲x"]"#, message: #"expected one of " \ / b f n r t u after '\'"#),
    Broken(marked: #"["\u00▲g0"]"#, message: #"expected four hexadecimal digits after '\u'"#),
    Broken(
      marked: "[\"a▲\tb\"]", message: "expected a control character in a string to be escaped"),
    Broken(
      marked: "[\"a▲\0b\"]", message: "expected a control character in a string to be escaped"),
    Broken(marked: "[1,▲\0]", message: "expected a value after ','"),
    Broken(marked: "[1▲é]", message: "expected ',' or ']' after the element"),
    Broken(marked: "▲\u{FEFF}[1]", message: "expected a value, not a byte order mark"),
    Broken(
      marked: #"{"é": "abc▲"#,
      message: "expected '\"' to close the string from byte 7, but the document ends",
      code: .truncated),
    Broken(
      marked: #"{"a": [1▲"#,
      message: "expected ',' or ']' after the element, but the document ends", code: .truncated),
  ]

  @Test(arguments: documents)
  func `is refused at the byte that is wrong`(broken: Broken) throws {
    let parts = broken.marked.split(separator: "▲", omittingEmptySubsequences: false)
    let text = parts.joined()
    let expected = JSONError(
      code: broken.code, offset: parts[0].utf8.count, message: broken.message)
    #expect(fault(of: Array(text.utf8)) == expected)
  }

  @Test(arguments: [
    ([0x80], 0), ([0xC0, 0xAF], 0), ([0xE2, 0x82], 0), ([0x61, 0xED, 0xA0, 0x80], 1),
    ([0xF4, 0x90, 0x80, 0x80], 0), ([0xC3, 0xA9, 0xFF], 2), ([0xE0, 0x80, 0x80], 0),
    ([0xF0, 0x82, 0x82, 0xAC], 0),
  ])
  func `is refused where it is not UTF-8`(bytes: [UInt8], offset: Int) {
    let quote = UInt8(ascii: "\"")
    let error = fault(of: [quote] + bytes + [quote])
    #expect(error == JSONError(code: .invalidUTF8, offset: offset + 1, message: "expected UTF-8"))
    #expect(fault(of: [UInt8(ascii: "[")] + bytes.suffix(from: offset))?.offset == 1)
  }

  @Test func `says where it goes wrong`() {
    let error = fault(of: Array("[1 2]".utf8))
    #expect(error.map { "\($0)" } == "byte 3: expected ',' or ']' after the element")
  }

  @Test func `leaves its parser fit for the next`() throws {
    let parser = TapeParser()
    for text in ["[1,", "[1e999]", "[2]"] {
      Array(text.utf8).withUnsafeBytes { bytes in
        let value = try? parser.parse(bytes, isPadded: false)
        #expect(value?.count == (text == "[1," ? nil : 1))
      }
    }
  }
}

@Suite struct `A limit` {
  @Test(arguments: [1, 2, 5, 1_024])
  func `of depth is exact`(limit: Int) {
    let limits = TapeParser.Limits(maximumDepth: limit)
    for inner in ["", "1", "[]", "{}"] {
      let isDeeper = inner == "[]" || inner == "{}"
      for levels in limit - 1...limit + 1 {
        let text = nest(inner, levels)
        let depth = levels + (isDeeper ? 1 : 0)
        guard levels > 0 else { continue }
        let message = "expected no more than \(limit) levels of containers"
        let expected = JSONError(code: .tooDeep, offset: limit, message: message)
        #expect(fault(of: text, limits: limits) == (depth > limit ? expected : nil))
      }
    }
  }

  @Test(arguments: [10_000, 1_000_000])
  func `of depth holds against absurd nesting`(levels: Int) {
    #expect(fault(of: nest("", levels))?.code == .tooDeep)
    #expect(fault(of: nest("", levels))?.offset == 1_024)
    let open = [UInt8](repeating: UInt8(ascii: "["), count: levels)
    #expect(fault(of: open)?.code == .tooDeep)
    let deep = TapeParser.Limits(maximumDepth: 1_000_000)
    #expect(fault(of: nest("", levels), limits: deep) == nil)
  }

  @Test func `of bytes is exact`() {
    let limits = TapeParser.Limits(maximumBytes: 4)
    #expect(fault(of: Array("[12]".utf8), limits: limits) == nil)
    let message = "the document has 5 bytes, the limit is 4"
    #expect(
      fault(of: Array("[123]".utf8), limits: limits)
        == JSONError(code: .tooLarge, offset: 4, message: message))
  }

  @Test func `of a hundred megabytes is far off`() throws {
    let size = 100 << 20
    var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: size)
    bytes.replaceSubrange(0..<2, with: Array("[\"".utf8))
    bytes.replaceSubrange(size - 9..<size, with: Array("\",\"\\ud83d".utf8))
    #expect(fault(of: bytes)?.offset == size)
    bytes.append(contentsOf: Array("\"]".utf8))
    try withJSON(bytes) { array in
      #expect(array.elements.map { $0.text?.count ?? 0 } == [size - 11, 3])
    }
  }

  private func nest(_ inner: String, _ levels: Int) -> [UInt8] {
    let open = [UInt8](repeating: UInt8(ascii: "["), count: levels)
    let close = [UInt8](repeating: UInt8(ascii: "]"), count: levels)
    return open + Array(inner.utf8) + close
  }
}
