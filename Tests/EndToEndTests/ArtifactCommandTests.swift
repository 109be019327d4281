import Foundation
import Testing

/// The command that lists the files of conversations and gives their bytes.
@Suite struct `The artifacts command` {
  private static let svg = "<svg onload=\"alert(1)\"/>"
  private static let sha256 = "1f117ab884befddb6b06149ee2aa019d76d02b8635c49d734031d69d2d0d7f93"
  private static let gif = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="

  private func workplace() throws -> Workplace {
    let work = try Workplace()
    func block(_ type: String, _ data: String) -> String {
      #"{"type":"image","source":{"type":"base64","media_type":"\#(type)","data":"\#(data)"}}"#
    }
    let svg = Data(Self.svg.utf8).base64EncodedString()
    for (session, blocks) in [
      ("a", [block("image/gif", Self.gif)]),
      ("b", [block("image/gif", Self.gif), block("image/svg+xml", svg)]),
    ] {
      let id = String(repeating: session, count: 8)
      let line = """
        {"sessionId":"\(id)-2222-4333-8444-555555555555","type":"user","uuid":\
        "\(id)-0000-4000-8000-000000000001","timestamp":"2026-03-01T10:00:00.000Z","message":\
        {"role":"user","content":[\(blocks.joined(separator: ","))]}}
        """
      try Data("\(line)\n".utf8)
        .write(to: URL(filePath: "\(work.transcripts)/-work-garden/\(session).jsonl"))
    }
    _ = try work.importAll()
    return work
  }

  @Test func `lists what conversations hold, all of it or of one`() throws {
    let work = try workplace()
    let all = try work.run("artifacts", "list", "--json").objects
    #expect(all.count == 2)
    let gif = all.first { $0["sha256"] as? String == Self.sha256 }
    #expect(gif?["times"] as? Int == 2 && gif?["conversations"] as? Int == 2)
    #expect(gif?["media_type"] as? String == "image/gif" && gif?["bytes"] as? Int == 29)
    let one = try work.run("artifacts", "list", "--conversation", "aaaaaaaa", "--json").objects
    #expect(one.count == 1 && one[0]["times"] as? Int == 1)
    let table = try work.run("artifacts", "list", "--limit", "1")
    #expect(table.output.contains("image/") && table.output.contains("kept"))
    #expect(table.errors.contains("1 more; see them with --limit 2"))
    #expect(try work.run("artifacts", "list", "--conversation", "zzz").status == 2)
  }

  @Test func `gives the bytes of one, and replaces no file unless told to`() throws {
    let work = try workplace()
    let file = "\(work.path)/cat.gif"
    #expect(try work.run("artifacts", "get", "1f117ab8", "-o", file).status == 0)
    #expect(FileManager.default.contents(atPath: file) == Data(base64Encoded: Self.gif))
    try Data("mine".utf8).write(to: URL(filePath: file))
    let refused = try work.run("artifacts", "get", "1f117ab8", "--output", file)
    #expect(refused.status == 2 && refused.errors.contains("is there already"))
    #expect(FileManager.default.contents(atPath: file) == Data("mine".utf8))
    #expect(try work.run("artifacts", "get", Self.sha256, "-o", file, "--force").status == 0)
    #expect(FileManager.default.contents(atPath: file) == Data(base64Encoded: Self.gif))
    let listed = try work.run("artifacts", "list", "--json").objects
    let other = listed.compactMap { $0["sha256"] as? String }.first { $0 != Self.sha256 }
    #expect(try work.run("artifacts", "get", #require(other)).output == Self.svg)
  }

  @Test(arguments: ["1f117ab9", "1", "", "../../state.sqlite", "zz"])
  func `says when there is none of that name`(name: String) throws {
    let work = try workplace()
    let outcome = try work.run("artifacts", "get", name, "-o", "\(work.path)/got")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("the raw store has no artifact \(name)"))
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/got"))
  }
}
