import Foundation
import Testing

@Suite struct `The import command` {
  @Test func `prints one JSON object whose records add up`() throws {
    let place = try Workplace()
    let outcome = try place.importAll()
    #expect(outcome.status == 3, "\(outcome.errors)")
    let report = outcome.object
    #expect(report["status"] as? String == "partial")
    #expect(report["run_id"] is String)
    #expect(report["units"] as? [String: Int] == ["planned": 1, "skipped": 0, "committed": 1])
    let records = try #require(report["records"] as? [String: Int])
    let sum = ["loaded", "updated", "duplicate", "filtered", "dead_lettered"]
      .reduce(0) { $0 + (records[$1] ?? 0) }
    #expect(records["read"] == 7)
    #expect(records["dead_lettered"] == 1)
    #expect(records["read"] == sum)
    let platforms = try #require(report["platforms"] as? [String: [String: Int]])
    #expect(
      platforms == ["claude_code": ["conversations": 1, "messages": 4, "tool_calls": 1]])
    let size = try FileManager.default.attributesOfItem(atPath: place.session)[.size] as? Int
    #expect(report["bytes_read"] as? Int == size)
    #expect(report["seconds"] is Double)
  }

  @Test func `is done without dead letters`() throws {
    let place = try Workplace(Transcripts.clean)
    let outcome = try place.importAll()
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.object["status"] as? String == "done")
  }

  @Test func `reads nothing again`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let again = try place.importAll()
    #expect(again.status == 0, "\(again.errors)")
    #expect(
      again.object["units"] as? [String: Int] == ["planned": 1, "skipped": 1, "committed": 0])
    #expect(again.object["bytes_read"] as? Int == 0)
  }

  @Test func `reads an appended line alone`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    try place.append([Transcripts.followUp])
    let outcome = try place.importAll()
    #expect(outcome.status == 0, "\(outcome.errors)")
    let records = outcome.object["records"] as? [String: Int]
    #expect(records?["read"] == 1)
    let bytes = try #require(outcome.object["bytes_read"] as? Int)
    #expect(bytes - Transcripts.followUp.utf8.count <= 2, "the line, and line ends at most")
    let platforms = outcome.object["platforms"] as? [String: [String: Int]]
    #expect(platforms?["claude_code"]?["messages"] == 5)
  }

  @Test func `ends with a page that a person can read`() throws {
    let place = try Workplace()
    let outcome = try place.run("import", place.transcripts)
    #expect(outcome.status == 3)
    #expect(outcome.output.contains("Imported 1 file"))
    #expect(outcome.output.contains("7 read = "))
    #expect(outcome.output.contains("\(place.session):4:"))
    #expect(outcome.output.contains("catchment deadletters list --home"))
    #expect(!outcome.output.contains("\u{1B}"), "no colour where nobody looks")
    #expect(!outcome.output.contains("cost"), "an unknown is left out")
  }

  @Test func `takes the examples when this machine has no transcripts`() throws {
    let place = try Workplace(Transcripts.clean)
    let outcome = try Program.run(
      ["import", "--home", place.home],
      environment: ["HOME": place.home, "CATCHMENT_EXAMPLES": place.transcripts])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("Importing the examples instead"))
    #expect(outcome.output.contains("Imported 1 file"))
  }

  @Test func `finds the transcripts of this machine`() throws {
    let place = try Workplace(Transcripts.clean)
    let outcome = try Program.run(
      ["import", "--json", "--home", place.home],
      environment: ["HOME": place.home, "CLAUDE_CONFIG_DIR": place.path])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect((outcome.object["units"] as? [String: Int])?["committed"] == 1)
  }

  @Test func `refuses a path that is not there`() throws {
    let place = try Workplace()
    let outcome = try place.run("import", "/no/such/folder")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("/no/such/folder"))
    let json = try place.run("import", "/no/such/folder", "--json")
    #expect(json.object["status"] as? String == "failed")
    #expect((json.object["error"] as? [String: Any])?["code"] as? String == "usage")
  }

  @Test func `says that another run holds the home`() throws {
    let place = try Workplace()
    let lock = try HeldLock(home: place.home)
    let outcome = try place.importAll()
    lock.release()
    #expect(outcome.status == 8)
    #expect((outcome.object["error"] as? [String: Any])?["code"] as? String == "locked")
    #expect(try place.importAll().status == 3, "and goes on when it is free")
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func `stops cleanly at a signal, and goes on when run again`(signal: Int32) throws {
    let place = try Workplace(Transcripts.clean)
    try place.scatter(files: 150)
    let stopped = try Program.run(
      ["import", place.transcripts, "--json", "--home", place.home], stopping: signal, after: 0.3)
    // On a fast machine it may be done before the signal comes.
    try #require([3, 0, 128 + signal].contains(stopped.status), "\(stopped.errors)")
    if stopped.status == 128 + signal {
      #expect((stopped.object["error"] as? [String: Any])?["code"] as? String == "interrupted")
    }
    let again = try place.importAll()
    #expect(again.status == 0, "\(again.output)")
    let platforms = again.object["platforms"] as? [String: [String: Int]]
    #expect(platforms?["claude_code"]?["messages"] == 150 * 300 + 4)
  }
}
