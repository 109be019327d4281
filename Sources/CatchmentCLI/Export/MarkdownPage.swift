import Catchment

/// Conversations as Markdown: the talk as it was written, tool calls folded.
struct MarkdownPage {
  let files: MarkdownFiles

  func conversation(_ conversation: Conversation) -> String {
    "# \(conversation.heading.safe.markdownEscaped)\n\n"
      + "\(conversation.facts.safe.markdownEscaped)\n\n"
  }

  func message(_ message: TranscriptMessage) throws(CatchmentError) -> String {
    var parts = ""
    for part in message.parts { parts += try self.part(part) }
    return "## \(message.role.safe.markdownEscaped) · \(message.timestamp.prefix(19))\n\n\(parts)"
  }

  private func part(_ part: TranscriptMessage.Part) throws(CatchmentError) -> String {
    switch part {
    case .text(let text): return MarkdownText(text.safeLines).safe + "\n\n"
    case .thinking(let text):
      return text.isEmpty ? "" : folded("Thinking", [text.safeLines])
    case .call(let call):
      var shown = folded(
        "\(call.name) \(call.brief.cut(to: 80))\(call.isError ? " – error" : "")",
        [call.input, call.output].compactMap { $0?.safeLines })
      for file in call.files { shown += try self.file(file) }
      return shown
    case .result: return ""
    case .file(let file): return try self.file(file)
    case .other(let type): return "[\(type.safe.markdownEscaped)]\n\n"
    }
  }

  /// A link to the image beside the page; what is not beside it is named.
  private func file(_ file: TranscriptFile) throws(CatchmentError) -> String {
    let title = file.title.markdownEscaped
    let shown = files.look(at: file)
    if case .image(let bytes) = shown, let link = try files.link(to: file, bytes) {
      return "![\(title)](<\(link)>)\n\n"
    }
    return "[\(title)\(shown.remark)]\n\n"
  }

  private func folded(_ summary: String, _ texts: [String]) -> String {
    let blocks = texts.map { "\($0.fenced)\n\n" }.joined()
    return "<details>\n<summary>\(summary.safe.htmlEscaped)</summary>\n\n\(blocks)</details>\n\n"
  }
}

/// Text in Markdown that must not bring HTML of its own, nor a fence that swallows what follows.
private struct MarkdownText {
  private let lines: [Substring]

  init(_ text: String) { lines = text.split(separator: "\n", omittingEmptySubsequences: false) }

  /// With every `<` escaped but in fenced code, and a fence that is left open closed.
  ///
  /// Where a fence stands in a list, a quote or a line's middle, none is trusted.
  var safe: String {
    guard lines.allSatisfy({ !$0.hasFenceMark || $0.fence != nil }) else {
      return lines.map { String($0).markdownEscaped }.joined(separator: "\n")
    }
    var open: Substring?
    var written: [String] = []
    for line in lines {
      let mark = line.fence
      written.append(open == nil && mark == nil ? String(line).markdownEscaped : String(line))
      if let fence = open {
        if let mark, mark == fence, line.isBare { open = nil }
      } else {
        open = mark
      }
    }
    if let open { written.append(String(open)) }
    return written.joined(separator: "\n")
  }
}

extension Substring {
  fileprivate var hasFenceMark: Bool { contains("```") || contains("~~~") }

  /// The marks that open or close fenced code at the very beginning of a line.
  fileprivate var fence: Substring? {
    guard let first, first == "`" || first == "~" else { return nil }
    let marks = prefix { $0 == first }
    let info = self[marks.endIndex...]
    return marks.count >= 3 && !info.contains("`") && !info.contains("~") ? marks : nil
  }

  fileprivate var isBare: Bool { drop { $0 == "`" || $0 == "~" }.allSatisfy(\.isWhitespace) }
}

extension String {
  /// Without HTML.
  fileprivate var markdownEscaped: String {
    replacing("&", with: "&amp;").replacing("<", with: "&lt;")
  }

  /// As code, in a fence that is longer than any in it.
  fileprivate var fenced: String {
    var (longest, run) = (2, 0)
    for byte in utf8 {
      run = byte == UInt8(ascii: "`") ? run + 1 : 0
      longest = max(longest, run)
    }
    let fence = String(repeating: "`", count: longest + 1)
    return "\(fence)\n\(self)\n\(fence)"
  }
}
