import Catchment
import JSONTape
import Testing

@testable import CatchmentConversations

@Suite struct `An older unified conversation` {
  private static let first =
    #"{"schema_version":1,"conversation":{"conversation_id":"c","total_cost":0.10000000000000000001,"#
    + #""tags":[],"platform_metadata":{"a":[1, {"b":"\u00e9"}]}},"#
    + #""messages":[{"message_id":"m","content":[]},{"message_id":"n","leaf":18446744073709551615}],"#
    + #""tool_calls":[],"summaries":[]}"#

  private func read(_ text: String) throws -> UnifiedConversation {
    let parser = TapeParser()
    return try Array(text.utf8).withUnsafeBytes { bytes in
      try UnifiedConversation(try parser.parse(bytes, isPadded: false))
    }
  }

  @Test func `of the first version is read as one of the newest`() throws {
    let unified = try read(Self.first)
    #expect(unified.writtenVersion == 1)
    #expect(unified.conversation["machine"] == "null")
    #expect(unified.messages.count == 2)
  }

  @Test func `is taken up once, and every value stays as it was written`() throws {
    let newest = try read(Self.first).line
    #expect(
      newest
        == Self.first
        .replacing("\"schema_version\":1", with: "\"schema_version\":2")
        .replacing("]}},", with: "]},\"machine\":null},"))
    let again = try read(newest)
    #expect(again.writtenVersion == UnifiedConversation.newestVersion)
    #expect(again.line == newest)
  }

  @Test func `is taken up by steps without a gap`() {
    #expect(
      UnifiedConversation.upgrades.map(\.from)
        == Array(1..<UnifiedConversation.newestVersion))
  }

  @Test(arguments: [
    ("[]", "no schema_version"), ("{}", "no schema_version"),
    (#"{"schema_version":"1"}"#, "no schema_version"),
    (#"{"schema_version":99}"#, "version 99"),
    (#"{"schema_version":1}"#, "conversation is not an object"),
    (#"{"schema_version":1,"conversation":{}}"#, "messages is not an array"),
    (
      #"{"schema_version":1,"conversation":{},"messages":[1]}"#,
      "messages is not an array of objects"
    ),
  ])
  func `is nothing else`(text: String, reason: String) {
    let error = #expect(throws: CatchmentError.self) { try read(text) }
    #expect(error?.code == .validation)
    #expect(error?.message.contains(reason) == true)
  }
}
