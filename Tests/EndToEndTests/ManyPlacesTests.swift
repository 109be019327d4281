import Foundation
import Testing

/// One talk, found in several stores of one program and in those of another.
@Suite struct `A conversation in many places` {
  private static let session = "99999999-0000-4000-8000-000000000000"
  private static let texts = (0..<6).map { place in
    (0..<40).map { "w\((place * 40 + $0) * 2_654_435_761 % 9_973)" }.joined(separator: " ")
  }

  /// As Claude Code writes it.
  private static var transcript: String {
    texts.enumerated().map { place, text in
      let role = place % 2 == 0 ? "user" : "assistant"
      let parent = place == 0 ? "null" : #""\#(uuid(place - 1))""#
      let id = role == "user" ? "" : #","id":"msg_\#(place)""#
      return #"{"parentUuid":\#(parent),"sessionId":"\#(session)","cwd":"/work","version":"2.0.1","#
        + #""type":"\#(role)","message":{"role":"\#(role)"\#(id),"content":[{"type":"text","text":"\#(text)"}]},"#
        + #""uuid":"\#(uuid(place))","timestamp":"2026-03-01T10:00:0\#(place).000Z"}"# + "\n"
    }.joined()
  }

  private static func uuid(_ place: Int) -> String { "0000000\(place)-0000-4000-8000-000000000000" }

  /// As ChatGPT exports it.
  private static var export: String {
    let nodes = texts.enumerated().map { place, text in
      let children = place < texts.count - 1 ? #""n\#(place + 1)""# : ""
      return
        #""n\#(place)":{"id":"n\#(place)","parent":"\#(place == 0 ? "root" : "n\(place - 1)")","#
        + #""children":[\#(children)],"message":{"id":"n\#(place)","#
        + #""author":{"role":"\#(place % 2 == 0 ? "user" : "assistant")"},"create_time":\#(1_772_400_000 + place),"#
        + #""content":{"content_type":"text","parts":["\#(text)"]},"weight":1.0}}"#
    }
    return #"{"id":"g1","conversation_id":"g1","title":"Beans","create_time":1772400000,"#
      + #""update_time":1772400100,"mapping":{"root":{"id":"root","parent":null,"children":["n0"],"message":null},"#
      + nodes.joined(separator: ",") + #"},"current_node":"n5"}"#
  }

  /// What an extension of a browser saves of the same page.
  private static var capture: String {
    #"{"capture_kind":"browser","source":"extension","raw_provider_payload":\#(export)}"#
  }

  private func workplace() throws -> Workplace {
    let work = try Workplace()
    let files = [
      "one/-work/\(Self.session).jsonl": Self.transcript,
      "two/-work/\(Self.session).jsonl": Self.transcript,
      "gpt/conversations.json": "[\(Self.export)]", "gpt/capture.json": Self.capture,
    ]
    for (name, text) in files {
      let url = URL(filePath: "\(work.path)/\(name)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: url)
    }
    return work
  }

  private func talks(_ work: Workplace) throws -> [[String: Any]] {
    try work.run(
      "sql", "--format", "json",
      "SELECT platform, len(places) AS places, copies FROM unique_conversations ORDER BY platform"
    ).objects
  }

  @Test func `is one, with its places, on each platform`() throws {
    let work = try workplace()
    for (folders, name) in [(["one", "two"], "claude_code"), (["gpt"], "chatgpt")] {
      let home = "\(work.path)/home-\(name)"
      let paths = folders.map { "\(work.path)/\($0)" }
      #expect(try Program.run(["import", "--home", home] + paths).status == 0)
      let found = try Program.run([
        "sql", "--home", home, "--format", "json",
        "SELECT platform, len(places) AS places, copies FROM unique_conversations",
      ]).objects
      #expect(found.count == 1)
      #expect(found.first?["platform"] as? String == name)
      #expect(found.first?["places"] as? Int == 2)
      #expect(found.first?["copies"] as? Int == 0)
    }
  }

  @Test(arguments: [["one", "two", "gpt"], ["gpt", "two", "one"]])
  func `is one across platforms when its content is the same, whatever comes first`(
    folders: [String]
  ) throws {
    let work = try workplace()
    for folder in folders {
      #expect(try work.run("import", "\(work.path)/\(folder)").status == 0)
    }
    let found = try talks(work)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?["platform"] as? String == "claude_code", "the earliest is kept")
    #expect(found.first?["places"] as? Int == 4)
    #expect(found.first?["copies"] as? Int == 1)
  }
}
