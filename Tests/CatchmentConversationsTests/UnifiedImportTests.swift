import Catchment
import CatchmentCatalogue
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `A unified conversation` {
  @Test func `keeps the source contract`() async throws {
    let first = try Unified.conversation(1) + "\n"
    let second = try Unified.conversation(2) + "\n"
    let newer = try Unified.conversation(
      1, text: "newer", changed: ["updated_at": "\"2026-03-05T10:00:00.000000Z\""])
    try await SourceContract(
      source: UnifiedSource(),
      steps: [
        ["a.jsonl": first], ["a.jsonl": first + second + "{\"schema_version\":1}\n"],
        ["b.jsonl": newer + "\n" + second],
      ]
    ).check()
  }

  @Test func `comes out as it went in`() async throws {
    let work = try Workspace(UnifiedSource())
    let text = try Unified.conversation(1) + "\n" + Unified.conversation(2) + "\n"
    try work.files.write(text, to: "a.jsonl")
    let report = try await Conservation.expect(work)
    #expect(report.records.loaded == 2)
    #expect(String(decoding: try RoundTrip.export(work.home), as: UTF8.self) == text)
  }

  @Test(arguments: [
    (#""role":"user""#, #""role":"boss""#, "/messages/0/role", "enum"),
    (#""sequence_number":1"#, #""sequence_number":-1"#, "/messages/1/sequence_number", "minimum"),
    (#""platform":"acme""#, #""platform":null"#, "/conversation/platform", "type"),
    (#""tool_calls":["#, #""tool_calls":[3,"#, "/tool_calls/0", "type"),
    (#""summaries":["#, #""summary":["#, "the line", "required"),
    (#""kind":"prompt","#, "", "/messages/0", "required"),
    (#""created_at":"2026"#, #""created_at":"26"#, "/conversation/created_at", "pattern"),
    (#""kind":"prompt","#, #""kind":"prompt","mood":1,"#, "/messages/0/mood", ""),
  ])
  func `that breaks the schema is a dead letter that says where`(
    part: String, broken: String, place: String, keyword: String
  ) async throws {
    let good = try Unified.conversation(1)
    let bad = good.replacing(part, with: broken, maxReplacements: 1)
    try #require(bad != good)
    let work = try Workspace(UnifiedSource())
    try work.files.write("\(bad)\n\(try Unified.conversation(2))\n", to: "a.jsonl")
    let report = try await work.importAll()
    #expect(report.records.loaded == 1)
    let letter = try #require(report.deadLetters.first)
    #expect(letter.code == "schema_violation")
    #expect(letter.message.contains("\(place): "), "\(letter.message)")
    #expect(letter.message.contains("(\(keyword)"), "\(letter.message)")
  }

  @Test func `whose rows are not its own, or of another version, is a dead letter`() async throws {
    let good = try Unified.conversation(1)
    let doubled = good.replacing(Unified.uuid("a", 11), with: Unified.uuid("a", 10))
    let alien = good.replacing(
      #""conversation_id":"\#(Unified.uuid("c", 1))","parent_m"#,
      with: #""conversation_id":"\#(Unified.uuid("c", 9))","parent_m"#)
    let future = good.replacing(
      #""schema_version":\#(UnifiedSchema.version)"#, with: #""schema_version":9"#)
    try #require(Set([good, doubled, alien, future]).count == 4)
    let work = try Workspace(UnifiedSource())
    try work.files.write([doubled, alien, future].joined(separator: "\n") + "\n", to: "a.jsonl")
    try work.files.write(good, to: "b.jsonl")
    let report = try await Conservation.expect(work)
    #expect(
      report.deadLetters.map(\.code) == ["inconsistent", "inconsistent", "schema_version_unknown"])
    #expect(report.deadLetters[0].message.hasPrefix("/messages/1/message_id: "))
    #expect(report.deadLetters[1].message.hasPrefix("/messages/0/conversation_id: "))
  }

  @Test func `with a time that is none has no time`() async throws {
    let work = try Workspace(UnifiedSource())
    try work.files.write(
      try Unified.conversation(1, changed: ["created_at": "\"2026-02-30T10:00:00.000000Z\""]),
      to: "a.jsonl")
    #expect(try await work.importAll().records.loaded == 1)
    #expect(try work.number("SELECT count(*) FROM conversations WHERE created_at IS NULL") == 1)
  }

  @Test func `is explained by the line that it came in`() async throws {
    let work = try Workspace(UnifiedSource())
    let text = try Unified.conversation(1)
    try work.files.write(text + "\n", to: "a.jsonl")
    try await work.importAll()
    for id in [Unified.uuid("c", 1), Unified.uuid("a", 10), Unified.uuid("d", 1)] {
      let origins = try Explainer(home: work.home, sources: [UnifiedSource()]).explain(id).origins
      #expect(origins.map { String(decoding: $0.bytes, as: UTF8.self) } == [text])
    }
  }
}

@Suite struct `An exported conversation` {
  @Test func `that breaks the schema is an error that says where`() async throws {
    let work = try Workspace(UnifiedSource())
    try work.files.write(try Unified.conversation(1) + "\n", to: "a.jsonl")
    try await work.importAll()
    let warehouse = try Warehouse(
      path: work.home.warehouse, sourceTables: ConversationTables.all,
      options: .init(memory: 256 << 20, threads: 1, spill: work.home.spill))
    try warehouse.connect().execute(
      "UPDATE main.messages SET role = 'boss' WHERE sequence_number = 1")
    warehouse.close()
    let error = #expect(throws: CatchmentError.self) { try RoundTrip.export(work.home) }
    #expect(error?.code == .validation)
    #expect(
      error?.message
        == "conversation \(Unified.uuid("c", 1)) is not what the schema says, at /messages/1/role")
    #expect(error?.cause == "expected one of the 4 values that are allowed (enum)")
  }

  @Test(
    .enabled(if: Samples.has("ORACLES.tsv"), "there are no samples"),
    arguments: Samples.platforms.map(\.name))
  func `of the samples comes out as it went in`(platform: String) async throws {
    let source = try #require(Catalogue.sources[platform])
    let work = try Workspace(source)
    let report = try await work.importAll([Samples.path(source.name)])
    #expect(report.records.loaded > 0)
    try await RoundTrip.expect(work.home)
  }
}

/// A home with several sources, over files of its own.
private struct Mixed {
  static let sources: SourceSet = [UnifiedSource(), ClaudeCodeSource()]
  let files: TemporaryDirectory
  private let place: TemporaryDirectory
  var home: Home { Home(place.path) }

  init(files: TemporaryDirectory) throws {
    self.files = files
    place = try TemporaryDirectory()
  }

  @discardableResult
  func importAll(_ names: String...) async throws -> ImportReport {
    let report = try await Importer(home: home, sources: Self.sources)
      .run(names.map { "\(files.path)/\($0)" })
    #expect(report.records.isConserved)
    return report
  }

  func checksums() throws -> Checksums { try Checksums(of: home, sources: Self.sources) }

  func rollback() throws {
    _ = try Rollback(home: home, sources: Self.sources).run("last")
  }
}

@Suite struct `A conversation that is there already` {
  private static let session = "aaaaaaaa-0000-4000-8000-000000000001"

  /// Files of a session as it was and as it is, and an export of each.
  private static func files() async throws -> TemporaryDirectory {
    let files = try TemporaryDirectory()
    var transcript = Transcript(session: session)
    transcript.user("fix the test")
    transcript.response("1", blocks: [Transcript.text("looking")], output: 40)
    try await write(transcript, "old", files)
    transcript.user("thanks")
    transcript.response("2", blocks: [Transcript.text("done")], output: 7)
    try await write(transcript, "new", files)
    return files
  }

  private static func write(
    _ transcript: Transcript, _ name: String, _ files: TemporaryDirectory
  ) async throws {
    try files.write(transcript.text, to: "\(name)/\(session).jsonl")
    let work = try Workspace(ClaudeCodeSource(), files: files)
    try await work.importAll(["\(files.path)/\(name)/\(session).jsonl"])
    try files.write(RoundTrip.export(work.home), to: "\(name).jsonl")
  }

  private static let orders: [[String]] = [
    ["new.jsonl", "old.jsonl", "new"], ["new.jsonl", "new", "old.jsonl"],
    ["old.jsonl", "new.jsonl", "new"], ["old.jsonl", "new", "new.jsonl"],
    ["new", "old.jsonl", "new.jsonl"], ["new", "new.jsonl", "old.jsonl"],
  ]

  @Test func `is its platform's own, whatever came first`() async throws {
    let files = try await Self.files()
    let whole = try Mixed(files: files)
    try await whole.importAll("new.jsonl", "old.jsonl", "new")
    let expected = try whole.checksums()
    for order in Self.orders {
      let home = try Mixed(files: files)
      for name in order { try await home.importAll(name) }
      #expect(try home.checksums().differences(from: expected) == [], "\(order)")
      let report = try await home.importAll("new.jsonl", "old.jsonl", "new")
      #expect(report.records.read == 0)
      _ = try await Rebuild(home: home.home, sources: Mixed.sources).run()
      #expect(try home.checksums().differences(from: expected) == [], "rebuilt after \(order)")
      #expect(expected.tables["messages"]?.rows == 4)
      #expect(expected.tables["conversations"]?.rows == 1)
    }
  }

  @Test func `is the newest export where there is no other`() async throws {
    let files = try await Self.files()
    var sums: [Checksums] = []
    for order in [["old.jsonl", "new.jsonl"], ["new.jsonl", "old.jsonl"]] {
      let home = try Mixed(files: files)
      for name in order { try await home.importAll(name) }
      sums.append(try home.checksums())
      #expect(try RoundTrip.export(home.home) == Self.bytes(files, "new.jsonl"))
    }
    #expect(sums[0].differences(from: sums[1]) == [])
  }

  @Test func `is the newer form of one telling, whichever came first`() async throws {
    let files = try await Self.files()
    let newest = String(decoding: try Self.bytes(files, "new.jsonl"), as: UTF8.self)
    let machine = try #require(newest.firstMatch(of: #/,"machine":"[^"]*"/#)).output
    let older = newest.replacing(#""schema_version":2"#, with: #""schema_version":1"#)
      .replacing(machine, with: "")
    try files.write(older, to: "older.jsonl")
    for order in [["older.jsonl", "new.jsonl"], ["new.jsonl", "older.jsonl"]] {
      let home = try Mixed(files: files)
      for name in order { try await home.importAll(name) }
      #expect(try RoundTrip.export(home.home) == Self.bytes(files, "new.jsonl"), "\(order)")
    }
  }

  @Test func `comes back when what replaced it is rolled back`() async throws {
    let files = try await Self.files()
    let home = try Mixed(files: files)
    try await home.importAll("old.jsonl")
    let before = try home.checksums()
    try await home.importAll("new")
    #expect(try home.checksums().tables["messages"]?.rows == 4)
    try home.rollback()
    #expect(try home.checksums().differences(from: before) == [])
    #expect(try RoundTrip.export(home.home) == Self.bytes(files, "old.jsonl"))
  }

  @Test func `comes with the next import when what went before it is rolled back`() async throws {
    let files = try await Self.files()
    let home = try Mixed(files: files)
    let report = try await home.importAll("new")
    try await home.importAll("old.jsonl")
    let rollback = Rollback(home: home.home, sources: Mixed.sources)
    #expect(throws: CatchmentError.self) { try rollback.run(report.runID) }
    _ = try rollback.run(report.runID, cascade: true)
    try await home.importAll("old.jsonl")
    #expect(try RoundTrip.export(home.home) == Self.bytes(files, "old.jsonl"))
  }

  private static func bytes(_ files: TemporaryDirectory, _ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: "\(files.path)/\(name)")))
  }
}
