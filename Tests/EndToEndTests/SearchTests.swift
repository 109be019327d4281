import Foundation
import Testing

@Suite struct `The search` {
  private let place: Workplace

  init() throws {
    place = try Workplace(Transcripts.clean)
    _ = try place.importAll()
  }

  private func hits(_ question: String, _ options: String..., in home: String? = nil) throws
    -> [[String: Any]]
  {
    let outcome = try Program.run(
      ["search", question, "--json", "--home", home ?? place.home] + options)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.objects
  }

  private func snippets(_ question: String) throws -> [String] {
    try hits(question).compactMap { $0["snippet"] as? String }
  }

  @Test func `finds words, phrases and beginnings in all that was said`() throws {
    #expect(try snippets("PLANT beans") == ["Plant the beans"])
    #expect(try snippets(#""look at the bed""#) == ["I look at the bed first."])
    #expect(try snippets(#""at look""#).isEmpty)
    #expect(try Set(snippets("plant*")) == ["Plant the beans", "Planting beans"])
    #expect(try snippets("soil") == ["ls bed soil"])
    #expect(try snippets("soil OR first").count == 2)
    #expect(try snippets("beans -are").allSatisfy { !$0.contains("are in") })
  }

  @Test func `picks by filters`() throws {
    #expect(try hits("bed tool:bash").map { $0["table"] as? String } == ["tool_calls"])
    #expect(try hits("bed role:assistant").count == 1)
    #expect(try hits("in:prompt beans").count == 1)
    #expect(try hits("in:title beans").count >= 1)
    #expect(try hits("platform:claude in:response in").count == 1)
    #expect(try hits("platform:codex beans").isEmpty)
    #expect(try hits("beans since:2100-01-01").isEmpty)
    #expect(try hits("beans until:2000-01-01").isEmpty)
    #expect(try !hits("beans since:2001-01-01").isEmpty)
    #expect(try hits("beans", "--limit", "1").count == 1)
  }

  @Test func `a terminal is told nothing by what was read`() throws {
    let outcome = try place.run("search", "beans in:response")
    #expect(outcome.output.contains("«beans»\\x1b[31m are in."))
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(outcome.output.contains("catchment show "))
  }

  @Test func `follows imports, rollbacks and rebuilds`() throws {
    #expect(try hits("water").isEmpty)
    try place.append([Transcripts.followUp])
    _ = try place.importAll()
    #expect(try snippets("water") == ["Now water them"])
    #expect(try place.run("rollback", "last").status == 0)
    #expect(try hits("water").isEmpty)
    #expect(try !hits("beans").isEmpty)
    _ = try place.importAll()
    let before = try hits("them OR beans")
    #expect(try place.run("rebuild").status == 0)
    #expect(try hits("them OR beans") as NSArray == before as NSArray)
  }

  @Test func `follows what is changed by hand`() throws {
    #expect(try !hits("soil").isEmpty)
    #expect(try place.run("sql", "--write", "DELETE FROM tool_calls").status == 0)
    #expect(try hits("soil").isEmpty)
  }

  @Test(arguments: ["", "beans", "SQLite format 3\0beans"])
  func `makes a lost or damaged index anew`(content: String) throws {
    let before = try hits("beans")
    #expect(!before.isEmpty)
    let index = "\(place.home)/search.sqlite"
    try FileManager.default.removeItem(atPath: index)
    if !content.isEmpty { try Data(content.utf8).write(to: URL(filePath: index)) }
    #expect(try hits("beans") as NSArray == before as NSArray)
  }

  @Test func `makes an index anew whose middle is damaged`() throws {
    let before = try hits("beans")
    let index = URL(filePath: "\(place.home)/search.sqlite")
    var bytes = try Data(contentsOf: index)
    bytes.replaceSubrange(
      4096..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - 4096))
    try bytes.write(to: index)
    #expect(try hits("beans") as NSArray == before as NSArray)
  }

  /// The index of an undisturbed search and the one that was killed again and again.
  @Test func `an index whose making is killed is finished by the next search`() throws {
    try place.scatter(files: 40)
    _ = try place.importAll()
    var kills = 0
    for pause in [0.02, 0.05, 0.08, 0.11, 0.15, 0.2] {
      let process = try Program.start(["search", "1*", "--home", place.home])
      Thread.sleep(forTimeInterval: pause)
      if process.isRunning { kills += 1 }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    #expect(kills > 0)
    let questions = ["1*", "beans OR 7", "299", "in:prompt 4 since:2001-01-01"]
    let healed = try questions.map { try hits($0, "--limit", "100000", "--each", "1000") }
    try FileManager.default.removeItem(atPath: "\(place.home)/search.sqlite")
    for (question, found) in zip(questions, healed) {
      let fresh = try hits(question, "--limit", "100000", "--each", "1000")
      #expect(fresh.count == found.count && !fresh.isEmpty)
      #expect(Set(fresh.map { $0["id"] as? String }) == Set(found.map { $0["id"] as? String }))
    }
  }

  @Test func `several searches at once make one index`() throws {
    try place.scatter(files: 10)
    _ = try place.importAll()
    let processes = try (0..<4).map { _ in
      try Program.start(["search", "1*", "--home", place.home])
    }
    for process in processes {
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
    // All ten sessions say the same.
    let found = try hits("7", "--limit", "1000", "--each", "1000", "--copies")
    #expect(found.count == 10)
    #expect(Set(found.map { $0["id"] as? String }).count == found.count)
  }

  @Test func `says what it cannot do`() throws {
    #expect(try place.run("search", "!!").status == 2)
    #expect(try place.run("search", "in:beans x").status == 2)
    let none = try place.run("search", "zebra")
    #expect(none.status == 0 && none.output.isEmpty && none.errors == "nothing found\n")
    #expect(try Program.run(["search", "x", "--home", "\(place.path)/none"]).status == 5)
  }
}
