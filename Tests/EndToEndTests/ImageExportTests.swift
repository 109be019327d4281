import Foundation
import Testing

/// Images of conversations, in exports that a person reads.
@Suite struct `An export with images` {
  private static let png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
  private static let svg = Data("<svg onload=\"alert(1)\"/>".utf8).base64EncodedString()

  private func workplace() throws -> Workplace {
    let work = try Workplace()
    func block(_ type: String, _ data: String) -> String {
      #"{"type":"image","source":{"type":"base64","media_type":"\#(type)","data":"\#(data)"}}"#
    }
    // The last one says of itself where it would be written.
    let hostile = #"{"type":"image","artifact":{"sha256":"../../escape","media_type":"image/png"}}"#
    let blocks = [block("image/png", Self.png), block("image/svg+xml", Self.svg), hostile]
    let line = """
      {"sessionId":"99999999-2222-4333-8444-555555555555","type":"user","uuid":\
      "99999999-0000-4000-8000-000000000001","timestamp":"2026-03-01T10:00:00.000Z","message":\
      {"role":"user","content":[\(blocks.joined(separator: ","))]}}
      """
    try Data("\(line)\n".utf8)
      .write(to: URL(filePath: "\(work.transcripts)/-work-garden/images.jsonl"))
    #expect(try [0, 3].contains(work.importAll().status))
    return work
  }

  @Test func `has them in the page itself, but for those in which something can run`() throws {
    let work = try workplace()
    let page = try work.run("export", "99999999", "--format", "html").output
    #expect(page.contains("<img src=\"data:image/png;base64,\(Self.png)\""))
    #expect(page.components(separatedBy: "<img").count == 2)
    #expect(page.contains("[image/svg+xml, 24 B, SHA-256 "))
    #expect(!page.contains(Self.svg) && !page.contains("onload"))
    #expect(page.contains("img-src data:;"))
  }

  @Test func `tells several files of one result apart, when one does not say what it is`() throws {
    let work = try Workplace()
    let unnamed = Data("RIFF and so on, said by nobody".utf8).base64EncodedString()
    let line = """
      {"sessionId":"88888888-2222-4333-8444-555555555555","type":"user","uuid":\
      "88888888-0000-4000-8000-000000000001","timestamp":"2026-03-01T10:00:00.000Z","message":\
      {"role":"user","content":[{"type":"document","source":[\
      {"type":"base64","data":"\(unnamed)"},\
      {"type":"base64","media_type":"image/png","data":"\(Self.png)"}]}]}}
      """
    try Data("\(line)\n".utf8)
      .write(to: URL(filePath: "\(work.transcripts)/-work-garden/two.jsonl"))
    _ = try work.importAll()
    let page = try work.run("export", "88888888", "--format", "html").output
    #expect(page.components(separatedBy: "<img").count == 2)
    #expect(page.contains("<img src=\"data:image/png;base64,\(Self.png)\""))
    #expect(page.contains("[file, 30 B, SHA-256 "))
  }

  @Test func `has them in a folder beside the Markdown`() throws {
    let work = try workplace()
    let file = "\(work.path)/talk.md"
    #expect(
      try work.run("export", "99999999", "--format", "markdown", "--output", file).status == 0)
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(work.path)/talk.files")
    let name = try #require(names.first)
    #expect(names.count == 1 && name.hasSuffix(".png"))
    #expect(text.contains("](<talk.files/\(name)>)"))
    #expect(
      FileManager.default.contents(atPath: "\(work.path)/talk.files/\(name)")
        == Data(base64Encoded: Self.png))
    #expect(text.contains("[image/svg+xml, 24 B, SHA-256 "))
    let printed = try work.run("export", "99999999", "--format", "markdown").output
    #expect(printed.contains("[image/png, 70 B, SHA-256 ") && !printed.contains("!["))
  }

  /// What is done to the file of an image, what a page says of it then, and the exit code.
  private struct Harm: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let remark: String
    let status: Int32
    let act: @Sendable (String) throws -> Void
  }

  private static let harms = [
    Harm(testDescription: "is gone", remark: "gone", status: 0) {
      try FileManager.default.removeItem(atPath: $0)
    },
    Harm(testDescription: "has other bytes", remark: "damaged", status: 9) {
      try (Data(base64Encoded: png) ?? Data()).dropLast().write(to: URL(filePath: $0))
    },
    Harm(testDescription: "cannot be read", remark: "damaged", status: 9) {
      try FileManager.default.removeItem(atPath: $0)
      try FileManager.default.createDirectory(atPath: $0, withIntermediateDirectories: false)
    },
  ]

  @Test(arguments: harms, ["html", "markdown"])
  private func `leaves out one that is not what it was, and says so`(
    harm: Harm, format: String
  ) throws {
    let work = try workplace()
    let listed = try work.run("artifacts", "list", "--json").objects
    let image = try #require(listed.first { $0["media_type"] as? String == "image/png" })
    let sha256 = try #require(image["sha256"] as? String)
    try harm.act("\(work.home)/raw/artifacts/\(sha256.prefix(2))/\(sha256)")
    let page = "\(work.path)/talk.\(format)"
    let outcome = try work.run("export", "99999999", "--format", format, "--output", page)
    #expect(outcome.status == harm.status, "\(outcome.errors)")
    #expect(outcome.errors.contains("left out: ") == (harm.status != 0))
    let text = try String(contentsOfFile: page, encoding: .utf8)
    #expect(text.contains("[image/png, 70 B, SHA-256 \(sha256.prefix(12)), \(harm.remark)]"))
    #expect(!text.contains("<img") && !text.contains("![") && !text.contains("iVBOR"))
    let again = try work.run("artifacts", "list", "--json").objects
    let state = again.first { $0["sha256"] as? String == sha256 }?["state"] as? String
    #expect(state == (harm.remark == "gone" ? "gone" : "kept"))
    let got = try work.run("artifacts", "get", sha256, "-o", "\(work.path)/got")
    #expect(got.status == (harm.remark == "gone" ? 2 : 9), "\(got.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/got"))
  }

  @Test func `leaves out one that is not what the platform calls it`() throws {
    let work = try Workplace()
    let line = """
      {"sessionId":"77777777-2222-4333-8444-555555555555","type":"user","uuid":\
      "77777777-0000-4000-8000-000000000001","timestamp":"2026-03-01T10:00:00.000Z","message":\
      {"role":"user","content":[{"type":"image","source":\
      {"type":"base64","media_type":"image/png","data":"\(Self.svg)"}}]}}
      """
    try Data("\(line)\n".utf8)
      .write(to: URL(filePath: "\(work.transcripts)/-work-garden/svg.jsonl"))
    _ = try work.importAll()
    let outcome = try work.run("export", "77777777", "--format", "html")
    #expect(outcome.status == 0)
    #expect(outcome.output.contains(", damaged]") && !outcome.output.contains("<img"))
    #expect(outcome.errors.contains("the file is called image/png and does not begin as one"))
  }
}
