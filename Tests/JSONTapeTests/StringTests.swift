import Testing

@testable import JSONTape

@Suite struct `A string` {
  @Test(arguments: [
    (#""""#, ""), (#""a""#, "a"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
    (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), (#""naïve 日本 🙂""#, "naïve 日本 🙂"),
    (#""\u0000""#, "\0"),
  ])
  func `is decoded`(json: String, text: String) throws {
    // The second document goes to the careful reader, for the number's sake.
    for document in ["[\(json)]", "[\(json), 1e999]"] {
      try withJSON(document) { array in
        let value = try #require(array.elements.first { _ in true })
        #expect(value.text.map { String($0) } == text)
        #expect(value.text?.count == text.utf8.count)
      }
    }
  }

  @Test(arguments: [
    ("", #""""#), ("naïve 日本 🙂", #""naïve 日本 🙂""#), ("a\"b\\c", #""a\"b\\c""#),
    ("\n\t\r", #""\n\t\r""#), ("\0\u{8}\u{1F}\u{7F}", "\"\\u0000\\u0008\\u001f\u{7F}\""),
  ])
  func `is quoted`(text: String, json: String) {
    #expect(JSONString.quoted(text) == json)
  }

  @Test(arguments: [
    (#""\ud83d""#, "\u{FFFD}"), (#""\ude00""#, "\u{FFFD}"), (#""a\ud83db""#, "a\u{FFFD}b"),
    (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
    (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
    (#""\ud83d\""#, nil), (#""\ud83d\u00""#, nil),
  ])
  func `may have half a surrogate pair`(json: String, text: String?) throws {
    guard let text else {
      #expect(fault(of: Array(json.utf8)) != nil)
      return
    }
    try withJSON(#"{"type": "user", "text": \#(json), "after": [1]}"#) { line in
      #expect(line["text"]?.text.map { String($0) } == text)
      #expect(line["type"]?.text.map { $0 == "user" } == true)
      #expect(line["text"]?.sourceText == JSONTextBox(json).text)
      #expect(line["after"]?.count == 1)
    }
  }

  @Test func `decodes every escaped unit as Swift does`() throws {
    try expectDecoded((0...UInt16.max).map { [$0] })
  }

  @Test func `decodes pairs of escaped units as Swift does`() throws {
    let units: [UInt16] = [
      0x41, 0xD7FF, 0xD800, 0xD83D, 0xDBFF, 0xDC00, 0xDE00, 0xDFFF, 0xE000, 0xFFFF,
    ]
    let pairs = units.flatMap { first in units.map { [first, $0] } }
    try expectDecoded(pairs + pairs.flatMap { pair in units.map { pair + [$0] } })
  }

  private func expectDecoded(_ texts: [[UInt16]]) throws {
    let parser = TapeParser()
    for units in texts {
      let escapes = units.map { #"\u"# + String(Int($0) + 0x1_0000, radix: 16).dropFirst() }
      let bytes = Array("\"\(escapes.joined())\"".utf8)
      try bytes.withUnsafeBytes { bytes in
        let text = try #require(try parser.parse(bytes, isPadded: false).text)
        let expected = String(decoding: units, as: UTF16.self)
        if !text.bytes.elementsEqual(expected.utf8) { Issue.record("\(escapes)") }
      }
    }
  }

  @Test func `compares with literals and with texts`() throws {
    try withJSON(#"["type", "typf", "", "t"]"#) { array in
      let texts = array.elements.compactMap { $0.text }
      #expect(texts.map { $0 == "type" } == [true, false, false, false])
      #expect(texts.map { $0 == "" } == [false, false, true, false])
      #expect(texts.map { $0 != "t" } == [true, true, true, false])
      #expect(Set(texts + texts).count == 4)
      #expect(Set(texts.map(\.fingerprint)).count == 4)
      #expect(texts[0] == JSONTextBox("type").text)
    }
  }

  @Test func `has a fingerprint that never changes`() {
    #expect(JSONTextBox("uuid").text.fingerprint == 7_048_165_984_074_767_927)
    #expect(JSONTextBox("0b8b9ede-e0ae-4af0").text.fingerprint == 12_217_188_655_615_396_988)
  }
}

/// Bytes that live as long as the tests, to make texts of.
struct JSONTextBox {
  let text: JSONText

  init(_ string: String) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: string.utf8.count, alignment: 1)
    bytes.copyBytes(from: string.utf8)
    text = JSONText(bytes: UnsafeRawBufferPointer(bytes))
  }
}
