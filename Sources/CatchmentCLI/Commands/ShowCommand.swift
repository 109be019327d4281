import ArgumentParser
import Catchment

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Read a conversation.",
    discussion: """
      Tool calls take a line, with the first lines of what they gave. Times are in UTC.

      Examples:
        catchment show 7fc22081
        catchment show de79af68-11eb-4ca1-affa-ff05db28a9a1 --full
        catchment show 7fc22081 --json
      """)

  @Argument(help: "The conversation's UUID, its beginning, or the session's ID.")
  var conversation: String

  @Flag(help: "Show thinking, inputs and outputs whole.")
  var full = false

  @Flag(help: "Show what stands beside the talk too: attachments, system and meta messages.")
  var all = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let found = try Conversation.find(conversation, reader)
    let everything = try Transcript(found, reader).messages
    let messages = all ? everything : everything.filter(\.isTalk)
    if json.isOn { return Output.line(found.json(messages).description) }
    TranscriptPage(options, isFull: full)
      .print(found, messages, hidden: everything.count - messages.count)
  }
}
