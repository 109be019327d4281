import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// A labelled set: talks, copies of them that are the same, and others that only look like them.
///
/// Of each talk there is a copy under new ids, one at other times, one with other white space, one
/// that is cut short, and one that has the same prompts and other answers. Whether a cut copy is
/// still the same follows from its words, counted in a plain, slow way.
struct LabelledTalks {
  let work: Workspace
  /// The talk that each file is the same as, by its name.
  private(set) var labels: [String: String] = [:]
  private var cuts: [String: String] = [:]

  /// Which copies there are of each talk: where it is one, no other ties it to the original.
  enum Copies: String, CaseIterable { case all, again, later, spaced, cut }

  init(
    _ source: any Source, _ originals: [(name: String, text: String)], _ copies: Copies
  ) async throws {
    work = try Workspace(source)
    let chosen = try await Self.choose(source, originals)
    for (number, original) in chosen.enumerated() {
      try write(TalkCopies(original.text), "t\(number)", number, copies)
    }
    try await work.importAll()
    try labelCuts()
  }

  private mutating func write(
    _ talk: TalkCopies, _ name: String, _ number: Int, _ wanted: Copies
  ) throws {
    // From one line in thirty to half of all.
    let share = [30, 60, 16, 8, 2][number % 5]
    let copies = [
      ("again", talk), ("later", talk.shifted(days: 3 + number)), ("spaced", talk.spaced),
      ("cut", talk.cut(lines: max(talk.lines.count / share, 1))),
    ]
    let chosen = copies.filter { wanted == .all || wanted.rawValue == $0.0 }
    for (kind, copy) in [("original", talk), ("other", talk.answeredOtherwise)] + chosen {
      let file = "\(Self.rollout)-\(name)-\(kind).jsonl"
      try work.files.write(copy.renamed("\(name) \(kind)").text, to: file)
      labels[file] = kind == "other" ? "\(name) other" : name
      if kind == "cut" { cuts[file] = "\(Self.rollout)-\(name)-original.jsonl" }
    }
  }

  /// What Codex calls its files; others do not mind.
  private static let rollout = "rollout"

  private mutating func labelCuts() throws {
    let words = try Self.words(work)
    for (file, original) in cuts {
      guard let cut = words[file], let whole = words[original] else { continue }
      if cut.similarity(to: whole) <= 0.95 { labels[file] = "\(file) alone" }
    }
  }

  /// Those that make one conversation in which the model says something, each only once.
  private static func choose(
    _ source: any Source, _ originals: [(name: String, text: String)]
  ) async throws -> [(name: String, text: String)] {
    let trial = try Workspace(source)
    for (number, original) in originals.enumerated() {
      try trial.files.write(
        TalkCopies(original.text).renamed("\(number)").text, to: "\(rollout)-\(number).jsonl")
    }
    try await trial.importAll()
    let words = try words(trial)
    var chosen: [(name: String, text: String)] = []
    var known: [PlainShingles] = []
    for (number, original) in originals.enumerated() {
      guard let talk = words["\(rollout)-\(number).jsonl"], talk.modelWords >= 30,
        !known.contains(where: { $0.similarity(to: talk) > 0.6 })
      else { continue }
      known.append(talk)
      chosen.append(original)
    }
    return chosen
  }

  /// The files that make one conversation, with the conversation.
  private static func conversations(_ work: Workspace) throws -> [String: String] {
    let rows = try work.rows(
      """
      SELECT regexp_extract(u.path, '[^/]*$'), any_value(m.conversation_id)
      FROM messages m JOIN catchment.raw_records r ON r.record_id = m.raw_record_id
      JOIN catchment.units u USING (unit_id)
      GROUP BY 1 HAVING count(DISTINCT m.conversation_id) = 1
      """)
    return Dictionary(
      rows.map { ($0[0].text ?? "", $0[1].description) }, uniquingKeysWith: { first, _ in first })
  }

  private static func words(_ work: Workspace) throws -> [String: PlainShingles] {
    var words: [String: PlainShingles] = [:]
    for row in try work.rows("SELECT conversation_id, role = 'assistant', content FROM messages") {
      words[row[0].description, default: PlainShingles()].add(
        row[2].text ?? "", isModel: row[1].boolean ?? false)
    }
    return try conversations(work).compactMapValues { words[$0] }
  }

  // MARK: What was found

  struct Quality: CustomStringConvertible {
    var conversations = 0
    var right = 0
    var wrong: [String] = []
    var missed: [String] = []

    var precision: Double { Double(right) / Double(max(right + wrong.count, 1)) }
    var recall: Double { Double(right) / Double(max(right + missed.count, 1)) }

    var description: String {
      "\(conversations) conversations, \(right + missed.count) pairs of copies: precision "
        + "\(precision), recall \(recall)"
    }
  }

  /// Over all pairs of conversations.
  func quality() throws -> Quality {
    let conversations = try Self.conversations(work)
    var kept = Dictionary(
      try work.rows("SELECT duplicate_id, kept_id FROM conversation_duplicates").map {
        ($0[0].description, $0[1].description)
      }, uniquingKeysWith: { first, _ in first })
    for id in conversations.values where kept[id] == nil { kept[id] = id }
    func root(_ id: String) -> String {
      guard let next = kept[id], next != id else { return id }
      return root(next)
    }
    let files = labels.keys.filter { conversations[$0] != nil }.sorted()
    var quality = Quality(conversations: files.count)
    for (number, file) in files.enumerated() {
      for other in files[..<number] {
        let isSame = labels[file] == labels[other]
        let isFound = root(conversations[file] ?? "") == root(conversations[other] ?? "")
        if isSame, isFound { quality.right += 1 }
        if isSame, !isFound { quality.missed.append("\(other) \(file)") }
        if !isSame, isFound { quality.wrong.append("\(other) \(file)") }
      }
    }
    return quality
  }
}

@Suite struct `Duplicates are told from look-alikes` {
  private func check(_ talks: LabelledTalks, _ name: String, atLeast pairs: Int) throws {
    let quality = try talks.quality()
    print("\(name): \(quality)")
    #expect(quality.right + quality.missed.count >= pairs)
    #expect(quality.precision >= 0.99, "\(quality.wrong.prefix(5))")
    #expect(quality.recall >= 0.99, "\(quality.missed.prefix(5))")
  }

  @Test(
    .enabled(if: Samples.has("claude_code"), "no samples: set CATCHMENT_SAMPLES"),
    arguments: ["claude_code", "codex"], LabelledTalks.Copies.allCases)
  func `among copies of recorded sessions`(
    platform: String, copies: LabelledTalks.Copies
  ) async throws {
    let files = Samples.files(in: platform, extension: "jsonl").compactMap { url in
      (try? String(contentsOf: url, encoding: .utf8)).map { (url.lastPathComponent, $0) }
    }.filter { $0.1.utf8.count < 400_000 }
    let source: any Source = platform == "codex" ? CodexSource() : ClaudeCodeSource()
    try check(
      try await LabelledTalks(source, files, copies), "\(platform), copies: \(copies)",
      atLeast: copies == .all ? 60 : copies == .cut ? 3 : 7)
  }

  @Test(arguments: LabelledTalks.Copies.allCases)
  func `among copies of made-up sessions`(copies: LabelledTalks.Copies) async throws {
    var random = SeededRandom(seed: 5)
    let common = (0..<2_000).map { _ in "word\(random.next() % 400)" }
    let made = (0..<24).map { number in
      ("made-\(number)", Self.session(number, common, &random))
    }
    try check(
      try await LabelledTalks(ClaudeCodeSource(), made, copies), "made-up, copies: \(copies)",
      atLeast: copies == .all ? 24 * 6 : copies == .cut ? 12 : 24)
  }

  /// A third begin with the same long prompt; lengths differ.
  private static func session(
    _ number: Int, _ common: [String], _ random: inout SeededRandom
  ) -> String {
    let id = "00000000-0000-4000-8000-0000000000\(number + 10)"
    func record(_ place: Int, _ type: String, _ text: String) -> String {
      let minute = place % 60 < 10 ? "0\(place % 60)" : "\(place % 60)"
      return
        #"{"type":"\#(type)","uuid":"00000000-0000-4000-9000-\#(number + 10)\#(place + 1000)000000","#
        + #""sessionId":"\#(id)","cwd":"/work","timestamp":"2026-03-0\#(number % 9 + 1)T1\#(number % 8):\#(minute):00Z","#
        + #""message":{"role":"\#(type)","id":"msg_\#(number + 10)\#(place + 1000)","content":[{"type":"text","text":"\#(text)"}]}}"#
        + "\n"
    }
    let prompt =
      number % 3 == 0 ? common.prefix(300).joined(separator: " ") : "Plant the beans, please"
    var text = record(0, "user", prompt)
    for place in 1...(20 + number * 2) {
      let words = (0..<40).map { _ in common[Int(random.next() % 2_000)] }
      text += record(place, place % 4 == 0 ? "user" : "assistant", words.joined(separator: " "))
    }
    return text
  }
}
