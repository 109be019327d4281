internal import JSONTape

/// A line of Aider's history, by what it begins with.
///
/// Aider ends what a person typed and what it printed itself with two spaces, Markdown's line break;
/// what a model wrote stands as it is. Where that can be seen, a model's own headings and quotations
/// are told apart by it; files that an editor has stripped of such spaces have only the marks.
struct AiderLine {
  enum Kind {
    /// A run begins.
    case header
    case user
    /// What Aider printed.
    case output
    case assistant
  }

  /// By its mark alone.
  let mark: Kind
  /// Whether it ends in a line break.
  let isBroken: Bool
  /// What it says, without its mark and the break.
  let words: Slice
  private let bytes: Slice

  init(_ bytes: Slice) {
    self.bytes = bytes
    isBroken = bytes.count > 2 && bytes.suffix(2).allSatisfy { $0 == UInt8(ascii: " ") }
    let (mark, start): (Kind, Int) =
      if bytes.starts(with: "# aider chat started at ") {
        (.header, 24)
      } else if bytes.starts(with: "#### ") {
        (.user, 5)
      } else if JSONText(bytes: bytes) == "####" {
        (.user, 4)
      } else if bytes.starts(with: "> ") {
        (.output, 2)
      } else if JSONText(bytes: bytes) == ">" {
        (.output, 1)
      } else {
        (.assistant, 0)
      }
    let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? start
    words = Slice(rebasing: bytes[start..<max(start, end)])
    self.mark = mark == .header && Timestamp.parse(words) == nil ? .assistant : mark
  }

  var isFence: Bool { bytes.starts(with: "```") }

  /// The whole line as a model wrote it.
  var text: Slice { Slice(rebasing: bytes[..<(bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0)]) }
}
