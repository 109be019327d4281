/// A conversation's title, where the platform gives none.
enum Title {
  /// The first line of a text, 100 characters at most; nil when there is none.
  static func firstLine(of text: String) -> String? {
    let line = text.drop { $0.isWhitespace }.prefix { !$0.isNewline }.prefix(100)
    return line.isEmpty ? nil : String(line)
  }
}
