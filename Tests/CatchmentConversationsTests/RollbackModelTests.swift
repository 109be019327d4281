import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

@Suite struct `Any order of imports and rollbacks` {
  @Test(arguments: UInt64(1)...7)
  func `leaves the tables as a model has them`(seed: UInt64) async throws {
    let trial = try RollbackTrial(seed: seed)
    for _ in 0..<15 { try await trial.step() }
    #expect(trial.operations == 15)
  }
}

/// One random sequence, with a model beside it: the list of what each run that stands has read.
private final class RollbackTrial {
  /// A run that stands: the files it found changed, and the tables as they were before it, unless
  /// an earlier run has been undone since.
  private struct Run {
    var id: String
    /// By name; nil for a file that was gone.
    var delta: [String: String?]
    var before: Checksums?
  }

  private(set) var operations = 0
  private let seed: UInt64
  private var random: SeededRandom
  private let work: Workspace
  private var folder: GrowingFolder
  private var runs: [Run] = []
  private var state: Checksums
  private var log: [String] = []

  init(seed: UInt64) throws {
    self.seed = seed
    random = SeededRandom(seed: seed)
    work = try Workspace(ClaudeCodeSource())
    folder = GrowingFolder()
    state = try work.checksums()
  }

  func step() async throws {
    operations += 1
    switch random.below(10) {
    case 0...1 where !runs.isEmpty: try await rollBackLast()
    case 2...3 where !runs.isEmpty: try await rollBackAny()
    default: try await importChanges()
    }
  }

  // MARK: Operations

  private func importChanges() async throws {
    for _ in 0...random.below(3) { log.append(folder.change(&random)) }
    try Disk.lay(folder.texts, in: work.files)
    let known = Self.fold(runs.map(\.delta))
    var delta: [String: String?] = [:]
    for (name, text) in folder.texts where known[name] != text { delta[name] = text }
    for name in known.keys where folder.texts[name] == nil { delta[name] = .some(nil) }
    let report = try await work.importAll()
    log.append("import")
    #expect(report.records.isConserved, note)
    if !delta.isEmpty { runs.append(Run(id: report.runID, delta: delta, before: state)) }
    state = try work.checksums()
    try await expectModel()
  }

  private func rollBackLast() async throws {
    let run = runs.removeLast()
    log.append("rollback last")
    try work.rollback("last")
    state = try work.checksums()
    try await expect(run.before)
  }

  /// The tables are as they were, where that is known, else as the model has them.
  private func expect(_ before: Checksums?) async throws {
    guard let before else { return try await expectModel() }
    #expect(state.differences(from: before) == [], note)
  }

  /// Takes runs off the list; those after them stand on other ground now.
  private func forget(from index: Int, where isUndone: (Run) -> Bool) {
    runs.removeAll(where: isUndone)
    for later in runs.indices.dropFirst(index) { runs[later].before = nil }
  }

  private func rollBackAny() async throws {
    let index = random.below(runs.count)
    log.append("rollback run \(index) of \(runs.count)")
    do {
      try work.rollback(runs[index].id)
      let id = runs[index].id
      forget(from: index) { $0.id == id }
      state = try work.checksums()
      return try await expectModel()
    } catch let error as CatchmentError where error.code == .refused {
      #expect(index < runs.count - 1, note)
    }
    #expect(try work.checksums() == state, note)
    log.append("cascade")
    let plan = try work.rollback(runs[index].id, cascade: true)
    let undone = Set(plan.runs.map(\.id))
    let before = runs[index].before
    let isTail = runs[index...].allSatisfy { undone.contains($0.id) }
    forget(from: index) { undone.contains($0.id) }
    state = try work.checksums()
    try await expect(isTail ? before : nil)
  }

  // MARK: The model

  /// A fresh home that reads the history of the runs that stand has the same tables.
  ///
  /// Runs that only added to what was there are read at once with the next.
  private func expectModel() async throws {
    var snapshots: [[String: String]] = []
    for count in runs.indices {
      let snapshot = Self.fold(runs[...count].map(\.delta))
      if let last = snapshots.last, Self.extends(last, by: snapshot) { snapshots.removeLast() }
      snapshots.append(snapshot)
    }
    let fresh = try Workspace(ClaudeCodeSource(), files: work.files)
    for snapshot in snapshots {
      try Disk.lay(snapshot, in: work.files)
      try await fresh.importAll()
    }
    try Disk.lay(folder.texts, in: work.files)
    let expected = try fresh.checksums()
    let tables = state.differences(from: expected)
    let rows = try tables.flatMap { try work.difference(from: fresh, in: $0) }
    #expect(tables == [], "\(note): \(rows.joined(separator: "\n"))")
  }

  private static func fold(_ deltas: [[String: String?]]) -> [String: String] {
    var files: [String: String] = [:]
    for delta in deltas { for (name, text) in delta { files[name] = text } }
    return files
  }

  private static func extends(_ old: [String: String], by new: [String: String]) -> Bool {
    old.allSatisfy { new[$0]?.hasPrefix($1) == true }
  }

  private var note: Comment { "seed \(seed): \(log.joined(separator: "; "))" }
}

/// Transcripts that change at random, and what they are called.
private struct GrowingFolder {
  private var files: [String: Transcript] = [:]
  /// The beginning of a line that is not whole yet.
  private var halves: [String: String] = [:]
  private var count = 0

  var texts: [String: String] {
    files.reduce(into: [:]) { $0[$1.key] = $1.value.text + (halves[$1.key] ?? "") }
  }

  /// Changes something; says what.
  mutating func change(_ random: inout SeededRandom) -> String {
    count += 1
    guard files.count > 1, let name = files.keys.sorted().randomElement(using: &random) else {
      return add(&random)
    }
    switch random.below(12) {
    case 0, 1: return files.count < 7 ? add(&random) : grow(name, &random)
    case 2, 3: return files.count < 8 ? fork(name, &random) : grow(name, &random)
    case 4: return addAgent(of: name, &random)
    case 5: return rewrite(name, &random)
    case 6:
      files[name] = nil
      halves[name] = nil
      return "delete \(name)"
    case 7:
      complete(name)
      files[name]?.raw("{\"type\":\"user\", broken \(count)")
      return "break \(name)"
    case 8:
      complete(name)
      halves[name] = #"{"type":"user","uuid":"half-\#(count)","#
      return "half a line in \(name)"
    case 9: return addSummary(leafIn: name)
    default: return grow(name, &random)
    }
  }

  private mutating func add(_ random: inout SeededRandom) -> String {
    var transcript = Transcript(session: session)
    transcript.user("question \(count)")
    files["p/\(transcript.session).jsonl"] = transcript
    return "new \(count); " + grow("p/\(transcript.session).jsonl", &random)
  }

  private mutating func grow(_ name: String, _ random: inout SeededRandom) -> String {
    complete(name)
    guard var transcript = files[name] else { return "" }
    for turn in 0...random.below(3) {
      let id = "\(count)-\(turn)"
      transcript.user("go on \(id)")
      transcript.response(
        id, blocks: [Transcript.text("yes"), Transcript.toolUse("toolu_\(id)", "Bash")],
        output: 10 + turn, stop: "tool_use")
      if random.below(3) > 0 { transcript.result(of: "toolu_\(id)", "Exit code \(turn)") }
    }
    files[name] = transcript
    return "grow \(name)"
  }

  private mutating func fork(_ name: String, _ random: inout SeededRandom) -> String {
    guard let original = files[name], original.lines.count > 1 else {
      return grow(name, &random)
    }
    let lines = 1 + random.below(original.lines.count)
    let fork = original.forked(to: session, lines: lines)
    files["p/\(fork.session).jsonl"] = fork
    return "fork \(lines) lines of \(name); " + grow("p/\(fork.session).jsonl", &random)
  }

  private mutating func addAgent(of name: String, _ random: inout SeededRandom) -> String {
    guard let parent = files[name] else { return "" }
    let agent = Transcript(session: parent.session, prefix: "agent-\(count)")
    let path = "p/\(parent.session)/subagents/agent-a\(count).jsonl"
    files[path] = agent
    return "agent; " + grow(path, &random)
  }

  private mutating func rewrite(_ name: String, _ random: inout SeededRandom) -> String {
    complete(name)
    guard var transcript = files[name], transcript.lines.count > 1 else { return "" }
    let index = random.below(transcript.lines.count)
    transcript.removeLine(at: index)
    files[name] = transcript
    return "rewrite \(name) without line \(index)"
  }

  private mutating func addSummary(leafIn name: String) -> String {
    guard let session = files[name]?.session else { return "" }
    var transcript = Transcript(session: self.session)
    transcript.raw(
      #"{"type":"summary","summary":"title \#(count)","leafUuid":"\#(session)-1"}"#)
    transcript.user("after a summary \(count)")
    files["p/\(transcript.session).jsonl"] = transcript
    return "summary of \(name)"
  }

  private mutating func complete(_ name: String) {
    guard let half = halves.removeValue(forKey: name), let session = files[name]?.session else {
      return
    }
    files[name]?.raw(
      half + #""sessionId":"\#(session)","message":{"role":"user","content":"whole"}}"#)
  }

  private var session: String {
    let digits = String(count)
    return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }
}

/// Files as the model has them.
///
/// The same text always has the same time, so that laying it out again is no change.
private enum Disk {
  static func lay(_ texts: [String: String], in directory: TemporaryDirectory) throws {
    let folder = URL(filePath: directory.path)
    let there = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String }
    for name in there ?? [] where name.hasSuffix(".jsonl") && texts[name] == nil {
      try FileManager.default.removeItem(at: folder.appending(path: name))
    }
    for (name, text) in texts {
      let file = folder.appending(path: name)
      try directory.write(text, to: name)
      var hash: UInt64 = 14_695_981_039_346_656_037
      for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
      let date = Date(timeIntervalSince1970: 1_700_000_000 + Double(hash % 10_000_000))
      try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: file.path)
    }
  }
}
