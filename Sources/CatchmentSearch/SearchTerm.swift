/// One or several words side by side, the last of which may be only begun.
struct SearchTerm: Sendable {
  /// Folded.
  let words: [[UInt8]]
  let isBegun: Bool
  private let text: String

  /// Nil when there is no word in it.
  init?(_ text: String) {
    isBegun = text.hasSuffix("*")
    self.text = text
    var scanner = WordScanner()
    var words: [[UInt8]] = []
    var copy = text
    copy.withUTF8 { bytes in
      scanner.scan(UnsafeRawBufferPointer(bytes), wholes: false) { word in
        words.append(Array(word.bytes))
        return true
      }
    }
    guard !words.isEmpty else { return nil }
    self.words = words
  }

  /// As FTS5 reads it: a string, whatever is in it.
  var match: String {
    let clean = text.unicodeScalars.filter { $0 != "\0" }
    let quoted = String(String.UnicodeScalarView(clean)).replacing("\"", with: "\"\"")
    return "\"\(quoted)\"\(isBegun ? " *" : "")"
  }
}
