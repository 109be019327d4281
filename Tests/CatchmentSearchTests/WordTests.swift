import Testing

@testable import CatchmentSearch

@Suite struct `Words of a text` {
  private func words(_ text: String, wholes: Bool = true) -> [String] {
    var scanner = WordScanner()
    var words: [String] = []
    Array(text.utf8).withUnsafeBytes { bytes in
      scanner.scan(bytes, wholes: wholes) { word in
        words.append(String(decoding: word.bytes, as: UTF8.self))
        return true
      }
    }
    return words
  }

  @Test(arguments: [
    ("Fix the parser", "fix the parser"),
    ("max_tokens src/app/Main.swift", "max tokens src app main swift"),
    ("parseHTTPResponse", "parse parsehttpresponse http response"),
    ("camelCase", "camel camelcase case"), ("HTTPServer", "http httpserver server"),
    ("sha256Sum v2", "sha256 sha256sum sum v2"), ("ABC", "abc"), ("iOS", "i ios os"),
    ("Äpfel NAÏVE naïve", "apfel naive naive"), ("na\u{69}\u{308}ve", "naive"),
    ("Straße", "strasse"), ("数据 base", "数 据 base"), ("データ12", "デ ー タ 12"),
    ("-- ++ !?", ""), ("", ""), ("Привет МИР", "привет мир"),
  ])
  func `are folded, and identifiers fall apart`(text: String, expected: String) {
    #expect(words(text).joined(separator: " ") == expected)
  }

  @Test func `a question has the parts of an identifier only`() {
    #expect(words("parseHTTPResponse", wholes: false) == ["parse", "http", "response"])
  }

  @Test func `a long run is one word, known by its beginning`() {
    let run = String(repeating: "aB3", count: 1_000)
    #expect(words("x \(run) y") == ["x", String(run.lowercased().prefix(64)), "y"])
  }

  @Test func `their places are those of the text`() {
    var scanner = WordScanner()
    let text = "é: parseIt, 数"
    var copy = text
    copy.withUTF8 { bytes in
      scanner.scan(UnsafeRawBufferPointer(bytes), wholes: false) { word in
        let piece = String(decoding: bytes[word.place], as: UTF8.self)
        #expect(["é", "parse", "It", "数"].contains(piece))
        return true
      }
    }
  }

  /// Every cut of a text that is no longer UTF-8 is read without a trap.
  @Test func `bytes that are no text make no trouble`() {
    let bytes = Array("aé数𝒳\u{301}B".utf8)
    for start in bytes.indices {
      for end in start...bytes.count {
        var scanner = WordScanner()
        Array(bytes[start..<end]).withUnsafeBytes { scanner.scan($0) { _ in true } }
      }
    }
  }
}
