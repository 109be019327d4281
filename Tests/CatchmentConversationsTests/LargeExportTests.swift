import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Testing

/// Exports that are derived in slices come to what they come to as a whole.
@Suite struct `A large export` {
  /// Forty conversations, some of them twice, once in a newer version; and what is none.
  private static func export(newerFrom first: Int = 0) -> [String] {
    var records: [String] = []
    var talks: [String] = []
    for number in 0..<40 {
      let id = "c\(number)"
      let updated = number >= first && first > 0 ? 1_700_000_500.0 : 1_700_000_100
      var export = ChatGPTExport.branching(id, updated: updated)
      if updated > 1_700_000_100 { export.say("q9", "user", "more", after: "a3") }
      talks.append(export.json(current: "a3"))
      records.append(talks[number])
      if number % 7 == 0 { records.append(talks[number / 2]) }
      if number % 11 == 0 { records.append(#"{"id":"\#(id)","mapping":7}"#) }
    }
    var newer = ChatGPTExport("c3", updated: 1_700_000_900)
    newer.say("s", "system", "", after: "root", then: ["late"])
    newer.say("late", "user", "one more", after: "s")
    return records + [newer.json(current: "late"), "{}", "{}", "7", "[]", "{}", "{\"broken\": 1]"]
  }

  private static func array(_ records: [String]) -> String {
    "[" + records.joined(separator: ",\n") + "]"
  }

  /// Imports, in slices of so many bytes or as a whole, into a home of its own over the same files.
  private func work(_ files: TemporaryDirectory, slices: Int?) async throws -> Workspace {
    let work = try Workspace(ChatGPTSource(), files: files)
    try await importAll(work, slices)
    return work
  }

  @discardableResult
  private func importAll(_ work: Workspace, _ slices: Int?) async throws -> ImportReport {
    var options = Importer.Options()
    if let slices { options.sliceSize = slices }
    let report = try await Importer(home: work.home, sources: [work.source], options: options)
      .run([work.files.path])
    #expect(report.records.isConserved)
    return report
  }

  private func expectSame(_ a: Workspace, _ b: Workspace) throws {
    let tables = try a.checksums().differences(from: b.checksums())
    let rows = try tables.flatMap { try a.difference(from: b, in: $0) }
    #expect(tables == [], "\(rows.prefix(4).joined(separator: "\n"))")
  }

  @Test(arguments: [1, 3_000, 20_000]) func `comes to the same in slices`(size: Int) async throws {
    let files = try TemporaryDirectory()
    try files.write(Self.array(Self.export()), to: "conversations.json")
    let whole = try await work(files, slices: nil)
    let sliced = try await work(files, slices: size)
    #expect(try whole.number("SELECT count(*) FROM conversations") == 40)
    #expect(try whole.number("SELECT count(*) FROM dead_letters") == 7)
    #expect(
      try whole.number("SELECT count(*) FROM catchment.raw_records WHERE outcome = 'duplicate'")
        == 8)
    try expectSame(sliced, whole)
    #expect(try RawCheck(home: sliced.home, sources: [sliced.source]).run().isSound)
    var options = Importer.Options()
    options.sliceSize = size
    _ = try await Rebuild(home: sliced.home, sources: [sliced.source], options: options).run()
    try expectSame(sliced, whole)
    _ = try sliced.rollback("last")
    #expect(try sliced.checksums().tables.values.allSatisfy { $0.rows == 0 })
  }

  @Test func `is one with the export before it, and gives it back`() async throws {
    let files = try TemporaryDirectory()
    try files.write(Self.array(Self.export()), to: "old/conversations.json")
    let whole = try await work(files, slices: nil)
    let sliced = try await work(files, slices: 3_000)
    let before = try sliced.checksums()
    let newer = Self.export(newerFrom: 25)
    try files.write(
      StoredZIP(members: [
        ("conversations-000.json", Self.array(Array(newer.prefix(30)))),
        ("dalle/../../picture.png", "no text"),
        ("conversations-001.json", Self.array(Array(newer.dropFirst(30)))),
      ]).bytes, to: "new.zip")
    try await importAll(whole, nil)
    let report = try await importAll(sliced, 3_000)
    #expect(report.records.read == newer.count)
    try expectSame(sliced, whole)
    try expectSame(sliced, try await work(files, slices: 5_000))
    let explained = try Explainer(home: sliced.home, sources: [sliced.source]).explain(
      #require(
        try sliced.texts(
          "SELECT message_id::VARCHAR FROM messages WHERE content::VARCHAR LIKE '%more%' LIMIT 1"
        ).first ?? nil))
    #expect(explained.origins.contains { $0.file.hasSuffix("new.zip") })
    _ = try sliced.rollback("last")
    #expect(try sliced.checksums().differences(from: before) == [])
  }

  @Test func `may be written anew`() async throws {
    let files = try TemporaryDirectory()
    try files.write(Self.array(Self.export()), to: "conversations.json")
    let whole = try await work(files, slices: nil)
    let sliced = try await work(files, slices: 3_000)
    let before = try sliced.checksums()
    try files.write(
      Self.array(Array(Self.export(newerFrom: 10).dropFirst(8))), to: "conversations.json")
    try await importAll(whole, nil)
    try await importAll(sliced, 3_000)
    try expectSame(sliced, whole)
    var options = Importer.Options()
    options.sliceSize = 1
    let retried = try DeadLetterRetry(
      home: sliced.home, sources: [sliced.source], options: options
    ).run()
    #expect(retried.tried > 0 && retried.resolved == 0)
    try expectSame(sliced, whole)
    _ = try sliced.rollback("last")
    _ = try sliced.rollback("last")
    #expect(try sliced.checksums().differences(from: before) == [])
  }
}
