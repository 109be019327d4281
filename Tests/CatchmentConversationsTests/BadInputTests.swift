import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// One file, and what becomes of each of its lines: the outcome, and the remark if there is one.
struct BadInput: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let bytes: [UInt8]
  let outcomes: [String]
  let unfinished: Int

  init(_ name: String, _ bytes: [UInt8], _ outcomes: [String], unfinished: Int = 0) {
    testDescription = name
    self.bytes = bytes
    self.outcomes = outcomes
    self.unfinished = unfinished
  }

  init(_ name: String, _ lines: [String], _ outcomes: [String]) {
    self.init(name, Array(lines.map { $0 + "\n" }.joined().utf8), outcomes)
  }

  static let good = user("g")

  static func user(
    _ uuid: String, _ content: String = #""hi""#, time: String = #""2026-03-01T10:00:00Z""#,
    parent: String = "null"
  ) -> String {
    #"{"type":"user","uuid":"\#(uuid)","parentUuid":\#(parent),"sessionId":"s","#
      + #""timestamp":\#(time),"message":{"role":"user","content":\#(content)}}"#
  }

  static func timeless(_ uuid: String) -> String {
    #"{"type":"user","uuid":"\#(uuid)","sessionId":"s","message":{"content":"x"}}"#
  }
}

@Suite struct `Bad input` {
  private static let goodBytes = Array((BadInput.good + "\n").utf8)
  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
  private static let deep =
    #"{"type":"user","uuid":"d","sessionId":"s","message":"#
    + String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000) + "}"

  private static let cases: [BadInput] = [
    BadInput("an empty file", [UInt8](), []),
    BadInput("blank lines", Array("\n \t\n\r\n".utf8), []),
    BadInput(
      "a binary file", [0x00, 0x01, 0xFE, 0x0A, 0x80, 0x81, 0x0A, 0x7F],
      ["dead_lettered json_syntax", "dead_lettered json_invalid_utf8"], unfinished: 1),
    BadInput("a word", ["hello"], ["dead_lettered json_syntax"]),
    BadInput(
      "JSON that is no object", ["null", "[1]", #""text""#, "12"],
      Array(repeating: "dead_lettered not_an_object", count: 4)),
    BadInput(
      "a truncated line in the middle", [#"{"type":"user","mess"#, BadInput.good],
      ["dead_lettered json_truncated", "loaded"]),
    BadInput(
      "a truncated last line", goodBytes + Array(#"{"type":"user","mess"#.utf8), ["loaded"],
      unfinished: 1),
    BadInput("a whole last line without an end", Array(BadInput.good.utf8), ["loaded"]),
    BadInput(
      "bytes that are not UTF-8",
      Array(#"{"type":"user","uuid":""#.utf8) + [0xFF, 0x22, 0x7D, 0x0A],
      ["dead_lettered json_invalid_utf8"]),
    BadInput(
      "10,000 levels", [deep, BadInput.good], ["dead_lettered json_too_deep", "loaded"]),
    BadInput(
      "two objects in one line", [BadInput.good + BadInput.good], ["dead_lettered json_syntax"]),
    BadInput("no timestamp", [BadInput.timeless("t")], ["loaded timestamp_missing"]),
    BadInput(
      "absurd timestamps",
      [
        #""yesterday""#, #""0001-01-01T00:00:00Z""#, "-1", "1e30", "true",
        #""2026-02-30T00:00:00Z""#,
      ]
      .enumerated().map { BadInput.user("t\($0)", time: $1) },
      Array(repeating: "loaded timestamp_absurd", count: 6)),
    BadInput(
      "a duplicate uuid", [BadInput.good, BadInput.good, BadInput.user("g", #""other""#)],
      ["loaded", "duplicate", "duplicate"]),
    BadInput(
      "a parent that does not exist", [BadInput.user("a", parent: #""nobody""#)],
      ["loaded parent_missing"]),
    BadInput(
      "a cycle of parents",
      [
        BadInput.user("a", parent: #""c""#), BadInput.user("b", parent: #""a""#),
        BadInput.user("c", parent: #""b""#), BadInput.user("d", parent: #""c""#),
      ],
      ["loaded parent_cycle", "loaded", "loaded", "loaded"]),
    BadInput(
      "a record that is its own parent",
      [BadInput.user("a", parent: #""a""#), BadInput.user("b", parent: #""a""#)],
      ["loaded parent_cycle", "loaded"]),
    BadInput(
      "a cycle of parents that make no message",
      [
        #"{"type":"progress","uuid":"p","parentUuid":"q"}"#,
        #"{"type":"progress","uuid":"q","parentUuid":"p"}"#, BadInput.user("a", parent: #""p""#),
      ],
      ["filtered", "filtered", "loaded parent_cycle"]),
    BadInput(
      "CRLF and a byte order mark",
      mark + Array("\(BadInput.good)\r\n\(BadInput.user("h"))\r\n".utf8), ["loaded", "loaded"]),
    BadInput(
      "only metadata",
      [
        #"{"type":"ai-title","aiTitle":"T","sessionId":"s"}"#,
        #"{"type":"file-history-snapshot","messageId":"m","snapshot":{}}"#,
        #"{"type":"queue-operation","operation":"enqueue","sessionId":"s"}"#,
      ],
      ["updated", "filtered", "filtered"]),
    BadInput(
      "types of the future",
      [#"{"type":"dream","uuid":"x"}"#, #"{"uuid":"y"}"#, "{}", #"{"type":7}"#],
      Array(repeating: "filtered unknown_type", count: 4)),
    BadInput(
      "members of the wrong kind",
      [
        #"{"type":"user","uuid":7,"sessionId":[],"timestamp":{},"message":"x","isMeta":"yes"}"#,
        #"{"type":"assistant","uuid":"w","message":[1],"requestId":{}}"#,
        #"{"type":"assistant","uuid":"v","message":{"id":3,"usage":"much","content":{"type":5}}}"#,
      ],
      ["loaded timestamp_absurd", "loaded timestamp_missing", "loaded timestamp_missing"]),
    BadInput(
      "halves of surrogates and NUL, wherever text goes",
      [
        BadInput.user(#"\ud800"#, #""\ud800\u0000 hello""#),
        #"{"type":"assistant","uuid":"u\udfff","sessionId":"\ud800","cwd":"\ud800\u0000","#
          + #""gitBranch":"\udc00","version":"\u0000","timestamp":"2026-03-01T10:00:00Z","#
          + #""requestId":"\ud800","message":{"id":"\ud800","model":"\ud800\u0000","#
          + #""stop_reason":"\ud800","content":[{"type":"tool_use","id":"\ud800","name":"\ud800"}]}}"#,
        #"{"type":"summary","summary":"\ud800\u0000","leafUuid":"\ud800"}"#,
        #"{"type":"ai-title","aiTitle":"\ud800\u0000","sessionId":"s"}"#,
      ], ["loaded", "loaded", "loaded", "updated"]),
  ]

  @Test(arguments: cases)
  func `has an exact outcome for each line`(input: BadInput) async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(input.bytes, to: "p/bad.jsonl")
    try work.files.write(
      BadInput.user("beside").replacing(#""s""#, with: #""beside""#) + "\n", to: "p/good.jsonl")
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.unfinished == input.unfinished)
    let outcomes = try work.texts(
      """
      SELECT concat_ws(' ', outcome, issue) FROM catchment.raw_records
      JOIN catchment.units USING (unit_id) WHERE path LIKE '%/bad.jsonl' ORDER BY line
      """)
    #expect(outcomes == input.outcomes.map(Optional.some))
    let isBad = input.outcomes.contains { $0.hasPrefix("dead") }
    #expect(report.status == (isBad ? .partial : .done))
    #expect(
      try work.number("SELECT count(*) FROM conversations WHERE session_id = 'beside'") == 1)
  }

  @Test func `names the file, the line and the byte of a dead letter`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write("\(BadInput.good)\n\n{\"a\" 1}\n", to: "bad.jsonl")
    let report = try await work.importAll()
    let letter = try #require(report.deadLetters.first)
    #expect(letter.code == "json_syntax")
    #expect(letter.message == "the line is not JSON: expected ':' after the key")
    #expect(letter.place.line == 3)
    #expect(letter.place.column == 6)
    #expect(letter.place.byte == BadInput.good.utf8.count + 2)
    #expect(letter.place.file.hasSuffix("/bad.jsonl"))
    #expect(report.issues.isEmpty, "a dead letter is no remark")
  }

  @Test func `is named line by line, up to a limit`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let lines = (0..<30).map { #"{"a" \#($0)}"# + "\n" }
    try work.files.write(lines.joined(), to: "bad.jsonl")
    let report = try await work.importAll()
    #expect(report.records.deadLettered == 30)
    #expect(report.deadLetters.map(\.place.line) == Array(1...ImportReport.deadLetterLimit))
  }

  @Test func `of 20 MB in one line is one record`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let text = String(repeating: "0123456789abcdef", count: 20 << 16)
    try work.files.write(BadInput.user("long", "\"\(text)\"") + "\n", to: "p/long.jsonl")
    let report = try await work.importAll()
    #expect(report.records.loaded == 1)
    #expect(
      try work.number("SELECT strlen(content->0->>'text') FROM messages") == text.utf8.count)
    #expect(try RawCheck(home: work.home, sources: [work.source]).run().isSound)
  }

  @Test(arguments: ["1e999", "-1e999", "123456789012345678901234567890", "-5", "1.5", "\"12\""])
  func `in a token count is unknown, not wrong`(number: String) async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(
      #"{"type":"assistant","uuid":"a","sessionId":"s","timestamp":"2026-03-01T10:00:00Z","#
        + #""message":{"id":"m","model":"x","usage":{"input_tokens":\#(number),"#
        + #""output_tokens":7}}}"# + "\n", to: "a.jsonl")
    let report = try await work.importAll()
    #expect(report.records.loaded == 1)
    let rows = try work.rows("SELECT input_tokens, output_tokens FROM messages")
    #expect(rows == [[number == "\"12\"" ? .integer(12) : .null, .integer(7)]])
  }

  @Test(.enabled(if: geteuid() != 0, "root can read everything"))
  func `in an unreadable directory is a problem, and the rest is taken`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(BadInput.good + "\n", to: "closed/a.jsonl")
    try work.files.write(BadInput.user("open") + "\n", to: "open/b.jsonl")
    chmod("\(work.files.path)/closed", 0)
    defer { chmod("\(work.files.path)/closed", 0o700) }
    let report = try await work.importAll()
    #expect(report.problems.map(\.code) == [.sourceUnavailable])
    #expect(report.status == .partial)
    #expect(report.records.loaded == 1)
  }

  @Test func `in a loop of links is taken once`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(BadInput.good + "\n", to: "a/b/c.jsonl")
    let manager = FileManager.default
    let root = work.files.path
    try manager.createSymbolicLink(atPath: "\(root)/a/b/up", withDestinationPath: "\(root)/a")
    try manager.createSymbolicLink(atPath: "\(root)/a/self", withDestinationPath: "self")
    try manager.createSymbolicLink(atPath: "\(root)/a/gone.jsonl", withDestinationPath: "nothing")
    let report = try await work.importAll()
    #expect(report.unitsCommitted == 1)
    #expect(report.records.loaded == 1)
    #expect(try await work.importAll().unitsSkipped == 1)
  }

  @Test func `that shrinks is written anew, and loses nothing`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write("\(BadInput.good)\n\(BadInput.user("h"))\n", to: "a.jsonl")
    try await work.importAll()
    try work.files.write("\(BadInput.user("h"))\n", to: "a.jsonl")
    let report = try await work.importAll()
    #expect(report.records.duplicate == 1)
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
  }
}
