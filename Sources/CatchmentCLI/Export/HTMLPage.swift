import Foundation

/// Conversations as a page for a browser: nothing in it runs, and it loads nothing.
///
/// Images are in the page itself.
struct HTMLPage {
  let shelf: FileShelf

  static let head = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
    <meta name="referrer" content="no-referrer">
    <meta name="viewport" content="width=device-width">
    <title>Conversations</title>
    <style>
    body { font: 1rem/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
    header p, time, .thinking { color: #555; }
    section { border-left: .25rem solid #888; margin: 1rem 0; padding-left: 1rem; }
    section.user { border-color: #2a7; }
    .text, pre { white-space: pre-wrap; overflow-wrap: anywhere; }
    pre { background: #f3f3f3; padding: .5rem; }
    .error { color: #b00; }
    img { max-width: 100%; }
    @media (prefers-color-scheme: dark) {
      body { background: #111; color: #ddd; }
      pre { background: #222; }
      header p, time, .thinking { color: #aaa; }
    }
    </style>
    </head>
    <body>

    """

  static let foot = "</body>\n</html>\n"

  func conversation(_ conversation: Conversation) -> String {
    let (title, facts) = (conversation.heading.safe, conversation.facts.safe)
    return "<header><h1>\(title.htmlEscaped)</h1><p>\(facts.htmlEscaped)</p></header>\n"
  }

  func message(_ message: TranscriptMessage) -> String {
    let kind = message.role == "user" ? "user" : "other"
    let time = String(message.timestamp.prefix(19)).htmlEscaped
    let parts = message.parts.map(part).joined()
    return """
      <section class="\(kind)"><h2>\(message.role.safe.htmlEscaped) <time>\(time)</time></h2>
      \(parts)</section>

      """
  }

  private func part(_ part: TranscriptMessage.Part) -> String {
    switch part {
    case .text(let text): "<div class=\"text\">\(text.safeLines.htmlEscaped)</div>\n"
    case .thinking(let text):
      text.isEmpty
        ? ""
        : "<details class=\"thinking\"><summary>Thinking</summary>"
          + "<div class=\"text\">\(text.safeLines.htmlEscaped)</div></details>\n"
    case .call(let call): self.call(call)
    case .result: ""
    case .file(let file): self.file(file)
    case .other(let type): "<p>[\(type.safe.htmlEscaped)]</p>\n"
    }
  }

  /// An image of a kind in which nothing can run; others are named.
  private func file(_ file: TranscriptFile) -> String {
    let title = file.title.htmlEscaped
    let shown = shelf.look(at: file)
    guard case .image(let bytes) = shown, let type = file.imageType else {
      return "<p>[\(title)\(shown.remark)]</p>\n"
    }
    let data = "data:\(type);base64,\(bytes.base64EncodedString())"
    return "<p><img src=\"\(data.htmlEscaped)\" alt=\"\(title)\" title=\"\(title)\"></p>\n"
  }

  private func call(_ call: TranscriptCall) -> String {
    let name = "\(call.name) \(call.brief.cut(to: 80))".safe.htmlEscaped
    let state = call.isError ? " <span class=\"error\">error</span>" : ""
    let input = call.input.map { "<pre>\($0.safeLines.htmlEscaped)</pre>" } ?? ""
    let output = call.output.map { "<pre>\($0.safeLines.htmlEscaped)</pre>" } ?? ""
    let files = call.files.map(file).joined()
    return "<details><summary>\(name)\(state)</summary>\(input)\(output)\(files)</details>\n"
  }
}

extension String {
  /// As the text of an element, or of an attribute in quotation marks.
  var htmlEscaped: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
