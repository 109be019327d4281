import Foundation

/// A conversation as a person reads it.
struct TranscriptPage {
  private let options: GlobalOptions
  private let style: Style
  private let isFull: Bool
  private let width: Int

  init(_ options: GlobalOptions, isFull: Bool) {
    self.options = options
    self.isFull = isFull
    style = options.style
    width = Terminal.Stream.output.isTerminal ? Terminal.width : 100
  }

  func print(_ conversation: Conversation, _ messages: [TranscriptMessage], hidden: Int) {
    printHead(conversation)
    for message in messages where !isEmpty(message) { print(message) }
    if hidden > 0, !options.quiet {
      let count = Figures.of(hidden, "message")
      Output.note(style.dim("\(count) beside the talk; see them with --all"))
    }
  }

  private func printHead(_ conversation: Conversation) {
    Output.line(style.bold(conversation.heading.safe.cut(to: width)))
    let facts = [
      conversation.id, conversation.platform, conversation.model, conversation.workspace,
      Figures.of(conversation.messages, "message"), Figures.of(conversation.toolCalls, "tool call"),
      "times in UTC",
    ]
    Output.line(style.dim(facts.filter { !$0.isEmpty }.joined(separator: " · ").safe))
  }

  /// A message that only brings results says nothing that its calls do not.
  private func isEmpty(_ message: TranscriptMessage) -> Bool {
    message.parts.allSatisfy { if case .result = $0 { true } else { false } }
  }

  private func print(_ message: TranscriptMessage) {
    let time = message.timestamp.prefix(19)
    let role = message.role.safe
    let name = message.role == "user" ? style.green(role) : style.cyan(role)
    Output.line("\n\(style.bold(name))  \(style.dim(String(time)))")
    for part in message.parts { print(part) }
  }

  private func print(_ part: TranscriptMessage.Part) {
    switch part {
    case .text(let text):
      let text = text.trimmingCharacters(in: .newlines)
      if !text.isEmpty { Output.line(indented(text.safeLines)) }
    case .thinking(let text):
      let text = text.isEmpty ? "(thought, not recorded)" : text
      Output.line(style.dim(indented(shortened(text.safeLines, to: 3))))
    case .call(let call): print(call)
    case .result: break
    case .file(let file): Output.line(style.dim("  [\(file.title)]"))
    case .other(let type): Output.line(style.dim("  [\(type.safe)]"))
    }
  }

  private func print(_ call: TranscriptCall) {
    let state =
      call.isError ? style.red("error") : call.hasResult ? "ok" : style.yellow("no result")
    let time = call.milliseconds.map { " " + Figures.milliseconds($0) } ?? ""
    let room = max(width - call.name.count - 24, 20)
    let brief = isFull ? (call.input ?? call.brief).safe : call.brief.safe.cut(to: room)
    let name = style.bold(call.name.safe)
    Output.line("  \(style.yellow("▸")) \(name) \(brief)  \(state)\(style.dim(time))")
    if let output = call.output, !output.isEmpty {
      let text = shortened(output.safeLines, to: 3)
      Output.line(style.dim(indented(text, by: 6)))
    }
    if let child = call.child {
      Output.line(style.dim("      sub-agent: \(TypedCommand.name) show \(child)"))
    }
  }

  /// The first lines, each as wide as the screen, unless everything is wanted.
  private func shortened(_ text: String, to count: Int) -> String {
    guard !isFull else { return text }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    var shown = lines.prefix(count).map { String($0).cut(to: max(width - 8, 20)) }
    if lines.count > count { shown.append("… \(Figures.of(lines.count - count, "line")) more") }
    return shown.joined(separator: "\n")
  }

  private func indented(_ text: String, by count: Int = 2) -> String {
    let space = String(repeating: " ", count: count)
    return text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { space + $0 }.joined(separator: "\n")
  }
}
