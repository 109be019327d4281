import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

/// A place where a platform writes a file, and what stands there afterwards.
private struct HeldFile: CustomTestStringConvertible, Sendable {
  let testDescription: String
  /// JSON with `DATA` where the base64 stands.
  let written: String
  /// The same with `FILE` where the reference's members stand.
  let kept: String
}

@Suite struct `An artifact` {
  /// The smallest GIF there is.
  private static let base64 = "R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="
  private static let sha256 = "1f117ab884befddb6b06149ee2aa019d76d02b8635c49d734031d69d2d0d7f93"

  private static func reference(_ media: String?) -> String {
    let type = media.map { #","media_type":"\#($0)""# } ?? ""
    return #""artifact":{"sha256":"\#(sha256)"\#(type),"bytes":29}"#
  }

  private static let held: [HeldFile] = [
    HeldFile(
      testDescription: "an image block",
      written:
        #"{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"DATA"}}"#,
      kept: #"{"type":"image","source":{"type":"base64","media_type":"image/gif",FILE(image/gif)}}"#
    ),
    HeldFile(
      testDescription: "an image block with spaces, its type behind",
      written:
        #"{ "type": "image", "source": { "data" : "DATA" , "type": "base64", "media_type": "image/gif" } }"#,
      kept:
        #"{ "type": "image", "source": { FILE(image/gif) , "type": "base64", "media_type": "image/gif" } }"#
    ),
    HeldFile(
      testDescription: "a document",
      written:
        #"{"type":"document","source":{"type":"base64","media_type":"text/plain","data":"DATA"}}"#,
      kept:
        #"{"type":"document","source":{"type":"base64","media_type":"text/plain",FILE(text/plain)}}"#
    ),
  ]

  private static let heldByTools: [HeldFile] = [
    HeldFile(
      testDescription: "MCP's image",
      written: #"{"type":"image","data":"DATA","mimeType":"image/gif"}"#,
      kept: #"{"type":"image",FILE(image/gif),"mimeType":"image/gif"}"#),
    HeldFile(
      testDescription: "Gemini's inline data",
      written: #"{"inlineData":{"mimeType":"image/gif","data":"DATA"}}"#,
      kept: #"{"inlineData":{"mimeType":"image/gif",FILE(image/gif)}}"#),
    HeldFile(
      testDescription: "OpenAI's image URL",
      written:
        #"{"type":"image_url","image_url":{"url":"data:image/gif;base64,DATA","detail":"low"}}"#,
      kept: #"{"type":"image_url","image_url":{FILE(image/gif),"detail":"low"}}"#),
    HeldFile(
      testDescription: "Codex's image",
      written: #"{"type":"input_image","image_url":"data:image/gif;base64,DATA"}"#,
      kept: #"{"type":"input_image",FILE(image/gif)}"#),
    HeldFile(
      testDescription: "a picture made", written: #"{"b64_json":"DATA","size":1}"#,
      kept: #"{FILE,"size":1}"#),
    HeldFile(
      testDescription: "URLs in a list", written: #"{"images":["data:image/gif;base64,DATA","b"]}"#,
      kept: #"{"images":[{FILE(image/gif)},"b"]}"#),
    HeldFile(
      testDescription: "text that is no file",
      written: #"{"type":"note","data":"aGVsbG8=","media_type":"text/plain"}"#,
      kept: #"{"type":"note","data":"aGVsbG8=","media_type":"text/plain"}"#),
    HeldFile(
      testDescription: "a picture on the net",
      written: #"{"type":"image_url","image_url":"https://x/a.gif"}"#,
      kept: #"{"type":"image_url","image_url":"https://x/a.gif"}"#),
  ]

  private static func expected(_ held: HeldFile) -> String {
    held.kept.replacing("FILE(image/gif)", with: reference("image/gif"))
      .replacing("FILE(text/plain)", with: reference("text/plain"))
      .replacing("FILE", with: reference(nil))
  }

  private static func written(_ held: HeldFile) -> String {
    held.written.replacing("DATA", with: base64)
  }

  @Test(arguments: held) private func `stands in a message by its reference`(
    held: HeldFile
  ) async throws {
    let work = try Workspace(ClaudeCodeSource())
    var transcript = Transcript(session: "s")
    transcript.record("user", #""message":{"role":"user","content":[\#(Self.written(held))]}"#)
    try work.files.write(transcript.text, to: "a.jsonl")
    try await Conservation.expect(work)
    #expect(try work.texts("SELECT content FROM messages") == ["[\(Self.expected(held))]"])
    try Self.expectKept(work)
  }

  @Test(arguments: held + heldByTools) private func `stands in a tool's result by its reference`(
    held: HeldFile
  ) async throws {
    let work = try Workspace(ClaudeCodeSource())
    var transcript = Transcript(session: "s")
    transcript.response("1", blocks: [Transcript.toolUse("t1", "Read")], output: 1)
    transcript.record(
      "user",
      #""message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","#
        + #""content":[{"type":"text","text":"x"},\#(Self.written(held))],"is_error":false}]}"#)
    try work.files.write(transcript.text, to: "a.jsonl")
    try await Conservation.expect(work)
    #expect(
      try work.texts("SELECT tool_output FROM tool_calls")
        == [#"[{"type":"text","text":"x"},\#(Self.expected(held))]"#])
    #expect(
      try work.texts("SELECT content FROM messages WHERE kind = 'tool_result'")
        == [#"[{"type":"tool_result","tool_use_id":"t1"}]"#])
    if held.kept.contains("FILE") { try Self.expectKept(work) }
  }

  /// A platform whose records pass through the drafts that most platforms share.
  @Test(arguments: heldByTools)
  private func `stands in another platform's content by its reference`(
    held: HeldFile
  ) async throws {
    let work = try Workspace(CodexSource())
    var rollout = CodexRollout("01900000-0000-7000-8000-00000000000a")
    rollout.item("message", #""role":"user","content":[\#(Self.written(held))]"#)
    try work.files.write(rollout.text, to: "rollout-a.jsonl")
    try await work.importAll()
    let content = try work.texts("SELECT content FROM messages").compactMap { $0 }
    #expect(content.contains { $0.contains(Self.expected(held)) }, "\(content)")
    if held.kept.contains("FILE") { try Self.expectKept(work) }
  }

  @Test func `that a task lists among its images stands by its reference`() async throws {
    let work = try Workspace(RooCodeSource())
    var task = TaskEntries()
    task.say("text", "look", #","images":["data:image/gif;base64,\#(Self.base64)"]"#)
    task.request(#"{"apiProtocol":"anthropic","tokensIn":1000,"tokensOut":40}"#)
    try work.files.write(task.text, to: "t1/ui_messages.json")
    try await work.importAll()
    let content = try work.texts("SELECT content FROM messages ORDER BY sequence_number")
    let block = #"{"type":"image","value":{\#(Self.reference("image/gif"))}}"#
    #expect(content.first??.contains(block) == true, "\(content)")
    try Self.expectKept(work)
  }

  @Test func `that is none stays as it is, with a remark`() async throws {
    let block = Self.written(Self.held[0]).replacing("R0lG", with: "R0l*")
    let work = try Workspace(ClaudeCodeSource())
    var transcript = Transcript(session: "s")
    transcript.record("user", #""message":{"role":"user","content":[\#(block)]}"#)
    try work.files.write(transcript.text, to: "a.jsonl")
    let report = try await work.importAll()
    #expect(report.records.loaded == 1)
    #expect(try work.texts("SELECT content FROM messages") == ["[\(block)]"])
    #expect(
      try work.texts("SELECT issue FROM catchment.raw_records WHERE issue IS NOT NULL")
        == ["artifact_undecodable"])
  }

  @Test func `is made again by a rebuild, and missed when it is damaged`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    var transcript = Transcript(session: "s")
    let block = Self.written(Self.held[0])
    transcript.record("user", #""message":{"role":"user","content":[\#(block),\#(block)]}"#)
    try work.files.write(transcript.text, to: "a.jsonl")
    try await work.importAll()
    try Data("other".utf8).write(to: URL(filePath: Self.path(work)))
    let check = RawCheck(home: work.home, sources: [work.source])
    #expect(try check.run().damages.map(\.location?.file) == [Self.path(work)])
    try FileManager.default.removeItem(atPath: Self.path(work))
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    try Self.expectKept(work)
  }

  private static func path(_ work: Workspace) -> String {
    "\(work.home.raw)/artifacts/\(sha256.prefix(2))/\(sha256)"
  }

  private static func expectKept(_ work: Workspace) throws {
    #expect(try Data(contentsOf: URL(filePath: path(work))).base64EncodedString() == base64)
    let report = try RawCheck(home: work.home, sources: [work.source]).run()
    #expect(report.isSound)
    #expect(report.artifacts == 1)
  }
}

@Suite struct `Text in base64` {
  @Test func `is read as it is written, and nothing else is`() {
    var random = SeededRandom(seed: 1)
    for length in 1...200 {
      let bytes = (0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      let text = Array(Data(bytes).base64EncodedString().utf8)
      #expect(text.withUnsafeBytes { Base64.decode($0) } == bytes)
      var broken = text
      broken[random.below(text.count)] = UInt8(ascii: "-")
      #expect(broken.withUnsafeBytes { Base64.decode($0) } == nil)
    }
    for text in ["", "A", "AA", "AAA", "AB==", "AAB=", "====", "A===", "AA=A", "AA==AA=="] {
      #expect(Array(text.utf8).withUnsafeBytes { Base64.decode($0) } == nil, "\(text)")
    }
  }
}
