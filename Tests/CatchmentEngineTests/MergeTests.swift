import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `A merge` {
  /// What lies on the two machines: some of it the same, one grown further than the other, a fork, and
  /// one path with different contents.
  private func write(_ machine: String, to files: TemporaryDirectory) throws {
    let isLaptop = machine == "laptop"
    try files.write(TestTalk("shared", 1...4).text, to: "shared.jsonl")
    try files.write(TestTalk("grown", 1...(isLaptop ? 3 : 7)).text, to: "grown.jsonl")
    try files.write(TestTalk(isLaptop ? "mine" : "yours", 1...5).text, to: "same.jsonl")
    if isLaptop {
      try files.write(TestTalk("only", 1...2).text + "{broken\n", to: "only.jsonl")
    } else {
      let fork = TestTalk("fork", 1...2, of: "mine").text + TestTalk("fork", 3...6, at: 12).text
      try files.write(fork, to: "fork.jsonl")
    }
  }

  /// A home of a machine, imported in two steps so that its files lie in several segments.
  private func home(
    _ machine: String, naming: Bool = false
  ) async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    if naming { try work.named(machine) }
    try write(machine, to: work.files)
    try await work.importAll(["\(work.files.path)/same.jsonl"], machine: machine)
    try await work.importAll(machine: machine)
    return work
  }

  /// Both machines' files in one home, without a merge; their paths are those of the homes given.
  private func everything(_ works: Workspace...) async throws -> Workspace {
    let all = try Workspace(ClaudeCodeSource())
    for (work, machine) in zip(works, ["laptop", "desktop"]) {
      try await all.importAll([work.files.path], machine: machine)
    }
    return all
  }

  @Test func `in either order comes to one import of everything`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    let all = try await everything(laptop, desktop)
    let expected = try all.checksums()
    #expect(expected.tables["dead_letters"]?.rows == 1)
    let (one, other) = (try laptop.copy(), try desktop.copy())
    let report = try await one.merge(desktop)
    #expect(report.records.isConserved)
    #expect(report.homes.map(\.taken) == [report.records.read])
    try await other.merge(laptop)
    for merged in [one, other] {
      let differing = try merged.checksums().differences(from: expected)
      #expect(differing == [])
      for table in differing { print(try merged.difference(from: all, in: table)) }
    }
    #expect(try one.number("SELECT count(*) FROM conversations") == 6)
    #expect(try one.number("SELECT count(*) FROM messages") == 4 + 7 + 5 + 5 + 2 + 4)
  }

  @Test func `of homes that know their own machines says the same, but for where it was read`()
    async throws
  {
    let laptop = try await home("laptop", naming: true)
    let desktop = try await home("desktop", naming: true)
    let (one, other) = (try laptop.copy(), try desktop.copy())
    try await one.merge(desktop)
    try await other.merge(laptop)
    for table in ["conversations", "messages", "summaries"] {
      let columns = "* EXCLUDE (\(table == "conversations" ? "imported_at" : "raw_record_id"))"
      let query = "SELECT sum(hash(t))::VARCHAR FROM (SELECT \(columns) FROM \(table)) t"
      #expect(try one.texts(query) == other.texts(query), "\(table)")
    }
    let places =
      "SELECT machine || ' ' || path || ' ' || records FROM conversation_places ORDER BY 1"
    #expect(try one.texts(places) == other.texts(places))
    #expect(
      try one.texts("SELECT DISTINCT machine FROM conversations ORDER BY 1")
        == ["desktop", "laptop"])
  }

  @Test func `done twice changes nothing`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    try await laptop.merge(desktop)
    let before = try laptop.checksums()
    let files = try FileManager.default.subpathsOfDirectory(atPath: laptop.home.raw).sorted()
    let runs = try Importer(home: laptop.home, sources: [laptop.source]).runs().count
    let again = try await laptop.merge(desktop)
    #expect(again.unitsCommitted == 0)
    #expect(again.homes.map(\.taken) == [0])
    #expect(again.homes.allSatisfy { $0.records == $0.known && $0.records > 0 })
    #expect(try laptop.checksums() == before)
    #expect(try FileManager.default.subpathsOfDirectory(atPath: laptop.home.raw).sorted() == files)
    #expect(try Importer(home: laptop.home, sources: [laptop.source]).runs().count == runs)
  }

  @Test func `into an empty home is the other home`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    let empty = try Workspace(ClaudeCodeSource(), files: laptop.files)
    try await empty.merge(laptop, desktop)
    let all = try await everything(laptop, desktop)
    #expect(try empty.checksums().differences(from: all.checksums()) == [])
    #expect(try await empty.importAll(machine: "laptop").records.read == 0, "known already")
  }

  @Test func `can be rolled back, and done again`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    let before = try laptop.checksums()
    try await laptop.merge(desktop)
    let merged = try laptop.checksums()
    try laptop.rollback("last")
    #expect(try laptop.checksums().differences(from: before) == [])
    try await laptop.merge(desktop)
    #expect(try laptop.checksums().differences(from: merged) == [])
  }

  @Test func `leaves a raw store that the tables can be made from`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    try await laptop.merge(desktop)
    let before = try laptop.checksums()
    #expect(try RawCheck(home: laptop.home, sources: [laptop.source]).run().isSound)
    try await laptop.rebuild()
    #expect(try laptop.checksums().differences(from: before) == [])
  }

  @Test func `of a backup takes what the home has lost, and no more`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(TestTalk("s", 1...3).text, to: "s.jsonl")
    try await work.importAll()
    let backup = try work.copy()
    try work.files.write(TestTalk("s", 1...6).text, to: "s.jsonl")
    try work.files.write(TestTalk("t", 1...2).text, to: "t.jsonl")
    try await work.importAll()
    #expect(try await work.merge(backup).homes.map(\.taken) == [0])
    let report = try await backup.merge(work)
    #expect(report.homes.map(\.taken) == [5])
    #expect(report.homes.map(\.known) == [3])
    #expect(try backup.checksums().differences(from: work.checksums()) == [])
    #expect(try backup.number("SELECT count(*) FROM catchment.units") == 2)
    #expect(try await backup.importAll().records.read == 0, "the files are what was merged")
  }

  @Test func `keeps versions of one file that contradict each other, each once`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(TestTalk("s", 1...3).text, to: "s.jsonl")
    try await work.importAll()
    let other = try work.copy()
    try work.files.write(TestTalk("s", 1...4).text, to: "s.jsonl")
    try await work.importAll()
    try other.files.write(TestTalk("s", 1...3).text + TestTalk("s", 5...6).text, to: "s.jsonl")
    try await other.importAll()
    try await work.merge(other)
    #expect(try work.number("SELECT count(*) FROM conversations") == 1)
    #expect(try work.number("SELECT count(*) FROM messages") == 6)
    #expect(try work.number("SELECT count(DISTINCT message_id) FROM messages") == 6)
    #expect(try await work.merge(other).homes.map(\.taken) == [0])
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums().differences(from: before) == [])
  }

  @Test func `finishes what a killed one took over and did not derive`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    let undisturbed = try laptop.copy()
    try await undisturbed.merge(desktop)
    // As a kill leaves it: registered and durable, and no row derived.
    try await laptop.merge(desktop)
    let run = try laptop.number("SELECT max(run) FROM catchment.runs")
    let names = try laptop.texts("SELECT name FROM catchment.segments WHERE run = \(run)")
    try laptop.rollback("last")
    try restore(names.compactMap(\.self), run, in: laptop)
    let report = try await laptop.merge(desktop)
    #expect(report.homes.map(\.taken) == [0])
    #expect(report.records.read > 0)
    #expect(try laptop.checksums().differences(from: undisturbed.checksums()) == [])
    #expect(throws: CatchmentError.self, "the later run rests on what the first took over") {
      try laptop.rollback("\(try killedRun(laptop))")
    }
  }

  private func killedRun(_ work: Workspace) throws -> Int {
    try work.number("SELECT run FROM catchment.runs WHERE status = 'killed'")
  }

  /// Puts the files of a merge back that was undone, as those of a killed one.
  private func restore(_ segments: [String], _ run: Int, in work: Workspace) throws {
    for path in try FileManager.default.subpathsOfDirectory(atPath: work.home.raw)
    where path.hasSuffix(".rolledback") {
      let full = "\(work.home.raw)/\(path)"
      try FileManager.default.moveItem(
        atPath: full, toPath: String(full.dropLast(".rolledback".count)))
    }
    let warehouse = try Importer(home: work.home, sources: [work.source]).openWarehouse()
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    defer { connection.close() }
    try connection.execute("UPDATE catchment.runs SET status = 'killed' WHERE run = \(run)")
    for name in segments {
      let key = StableID(platform: "catchment")("segment", name)
      _ = try connection.query(
        "INSERT INTO catchment.undo_log SELECT \(run), 'segments', ?, 'scope'", .uuid(key))
    }
  }

  @Test func `refuses a damaged record, and changes nothing`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    let store = RawStore(path: desktop.home.raw)
    let path = try #require(try store.segments(source: "claude_code").last)
    let connection = try Database().connect()
    try connection.execute(
      """
      COPY (SELECT * REPLACE (CASE WHEN line = 2 THEN 'other'::BLOB ELSE payload END AS payload)
        FROM read_parquet('\(path)')) TO '\(path).new' (FORMAT parquet)
      """)
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: "\(path).new", toPath: path)
    let before = try laptop.checksums()
    let error = await #expect(throws: CatchmentError.self) { try await laptop.merge(desktop) }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains("does not have the SHA-256") == true)
    #expect(try laptop.checksums() == before)
  }

  @Test func `takes artifacts, each once`() async throws {
    let (laptop, desktop) = (try await home("laptop"), try await home("desktop"))
    try desktop.files.write("an image", to: "image.png")
    let kept = try Artifacts(home: desktop.home).keep("\(desktop.files.path)/image.png")
    #expect(try await laptop.merge(desktop).homes.map(\.artifacts) == [1])
    let place = "\(laptop.home.raw)/artifacts/\(kept.sha256.prefix(2))/\(kept.sha256)"
    #expect(try String(contentsOfFile: place, encoding: .utf8) == "an image")
    #expect(try await laptop.merge(desktop).homes.map(\.artifacts) == [0])
  }

  @Test func `needs a home that has a raw store`() async throws {
    let laptop = try await home("laptop")
    let error = await #expect(throws: CatchmentError.self) {
      try await laptop.merge(try Workspace(ClaudeCodeSource()))
    }
    #expect(error?.code == .sourceUnavailable)
  }

  @Test(
    arguments: [
      ("laptop", nil, "desktop", nil, "laptop"), ("same", nil, "same", nil, nil),
      ("same", "ab12cd", "same", "ab12cd", nil), ("same", "ab12cd", "same", "ff0000", "same~ab12"),
    ] as [(String, String?, String, String?, String?)])
  func `calls another machine by its name, unless two hosts share it`(
    name: String, id: String?, own: String, ownID: String?, expected: String?
  ) {
    #expect(Machine(name: name, id: id).name(in: Machine(name: own, id: ownID)) == expected)
  }
}
