internal import Catchment
internal import JSONTape

/// Understands Aider's history line by line: runs, and in them what a person, a model and Aider
/// itself said.
struct AiderReader: PlatformReader {
  typealias Record = TextLine

  static let looksAhead = true

  private let drafts: ConversationDrafts
  private var runs = AiderRuns()
  private var run: AiderRuns.Run?
  private var conversation = 0
  /// Where the last line was.
  private var line: (number: Int64, generation: Int32)?
  private var speech: Speech?
  /// The last answer since the last prompt, which a report of tokens speaks of.
  private var answer: Int?
  private var model: Slice?
  private var said = 0
  private var isInFence = false
  /// How long the text of each message is, in bytes.
  private var lengths: [Int: Int] = [:]

  /// A message whose lines are being read.
  private struct Speech {
    var message: Int
    var kind: AiderLine.Kind
    /// Whether it was told before: by the same history in another place, or before it was written
    /// anew.
    var isKnown: Bool
    var text: String
  }

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  mutating func lookAhead(_ record: TextLine) {
    guard let raw = drafts.record else { return }
    runs.note(AiderLine(record.bytes), raw, drafts.recordID, of: drafts.unit)
  }

  mutating func begin() {
    line = nil
    run = nil
  }

  mutating func end() { finishSpeech() }

  mutating func take(_ record: TextLine) {
    guard let raw = drafts.record else { return }
    if line?.generation != raw.generation {
      finishSpeech()
      line = nil
    }
    let gap = line.map { raw.line - $0.number } ?? 1
    line = (raw.line, raw.generation)
    let said = AiderLine(record.bytes)
    if let begun = runs[drafts.recordID] {
      beginRun(begun)
      if said.mark == .header {
        drafts.entry.outcome = begun.hasLines ? .updated : .filtered
        return
      }
    }
    take(said, after: gap)
    if String(validating: record.bytes, as: UTF8.self) == nil {
      drafts.entry.issue = .init("invalid_utf8", "bytes that are not UTF-8 are replaced by U+FFFD")
    }
  }

  private mutating func beginRun(_ begun: AiderRuns.Run) {
    finishSpeech()
    run = begun
    said = 0
    answer = nil
    model = nil
    isInFence = false
    conversation = drafts.conversation(begun.name)
    guard let started = begun.started else { return }
    var text = started
    drafts.conversations[conversation].createdAt = text.withUTF8 {
      Timestamp.parse(UnsafeRawBufferPointer($0))
    }
    drafts.conversations[conversation].metadata.set("started_local", started)
  }

  private mutating func take(_ line: AiderLine, after gap: Int64) {
    let kind = kind(of: line)
    if kind == .assistant, line.isFence { isInFence.toggle() }
    let words = kind == .assistant ? line.text.string : line.words.string
    // A person's second prompt stands apart from the first; its own lines do not.
    if speech?.kind != kind || kind == .user && gap > 1 {
      finishSpeech()
      beginSpeech(kind, words)
    } else {
      speech?.text += String(repeating: "\n", count: Int(clamping: min(gap, 1_000))) + words
      noteLine()
    }
    if kind == .output { note(words) }
  }

  private func kind(of line: AiderLine) -> AiderLine.Kind {
    switch line.mark {
    case .assistant, .header: return .assistant
    case .user, .output:
      if run?.isBroken == true {
        let isQuoted = line.mark == .user || speech?.kind == .assistant
        return !line.isBroken && isQuoted ? .assistant : line.mark
      }
      return isInFence ? .assistant : line.mark
    }
  }
}

/// Messages, told line by line.
extension AiderReader {
  private mutating func beginSpeech(_ kind: AiderLine.Kind, _ words: String) {
    let (message, isKnown) = message(kind, words)
    speech = Speech(message: message, kind: kind, isKnown: isKnown, text: words)
    if isKnown { noteLine() }
    switch kind {
    case .user:
      answer = nil
      isInFence = false
    case .assistant: answer = message
    case .output, .header: break
    }
  }

  /// Says what became of a line of the message that is being read.
  private func noteLine() {
    guard let speech else { return }
    drafts.noteUpdate(of: speech.message)
    if speech.isKnown { drafts.entry.outcome = .duplicate }
  }

  /// The next message of the run, and whether it is known.
  private mutating func message(_ kind: AiderLine.Kind, _ words: String) -> (Int, Bool) {
    let name = drafts.arena.keep("\(said)")
    said += 1
    if let known = drafts.place(ofMessage: name, in: conversation) { return (known, true) }
    let isCommand = words.hasPrefix("/") || words.hasPrefix("!")
    let message =
      switch kind {
      case .user:
        drafts.message(name, in: conversation, .user, kind: isCommand ? "command" : "prompt")
      case .assistant: drafts.message(name, in: conversation, .assistant, kind: "response")
      case .output, .header: drafts.message(name, in: conversation, .system, kind: "output")
      }
    if kind == .assistant { drafts.messages[message].model = model }
    return (message, false)
  }

  /// Of a message that is told twice the longer one stands.
  private mutating func finishSpeech() {
    guard let speech else { return }
    self.speech = nil
    let length = speech.text.utf8.count
    if drafts.messages[speech.message].firstPiece >= 0 {
      guard length > lengths[speech.message] ?? 0 else { return }
      drafts.messages[speech.message].firstPiece = -1
      drafts.messages[speech.message].lastPiece = -1
    }
    lengths[speech.message] = length
    drafts.addText(speech.text, to: speech.message)
    if speech.kind == .user, JSONText(bytes: drafts.messages[speech.message].kind.slice) == "prompt"
    {
      drafts.notePrompt(drafts.arena.keep(speech.text), in: conversation)
    }
  }
}

/// What Aider prints beside the talk.
extension AiderReader {
  private mutating func note(_ words: String) {
    if let version = words.after("Aider v") {
      drafts.conversations[conversation].version = version
    } else if let model = words.after("Main model: ") ?? words.after("Model: ")
      ?? words.after("Models: ")
    {
      let name = model.split(separator: " ").first.map(String.init) ?? model
      self.model = drafts.arena.keep(name)
    } else if let folder = words.after("Git working dir: ") {
      drafts.conversations[conversation].workspace = folder
    } else if let commit = words.after("Commit ")?.split(separator: " ").first,
      commit.count >= 7, commit.allSatisfy(\.isHexDigit)
    {
      drafts.conversations[conversation].commit = String(commit)
    } else if words.hasPrefix("Tokens: "), let report = AiderUsage(words) {
      note(report)
    }
  }

  /// An answer that said nothing was paid for too.
  private mutating func note(_ report: AiderUsage) {
    let message = answer ?? message(.assistant, "").0
    answer = nil
    drafts.messages[message].usage = report.tokens
    drafts.messages[message].cost = report.cost
    drafts.messages[message].metadata.set("usage_quality", "approximate")
    if let session = report.sessionCost {
      let known = drafts.conversations[conversation].statedCost ?? 0
      drafts.conversations[conversation].statedCost = max(known, session)
    }
  }
}

extension String {
  /// What comes after a prefix; nil when it does not begin with it.
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
