import ArgumentParser
import Catchment

struct DeadLettersShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one line that could not be taken, as it was read.",
    discussion: """
      The line comes from the raw store, so it is there even when the file is gone.

      Example:
        catchment deadletters show 3f2a91bc
      """)

  @Argument(help: "The ID, or its beginning, as `deadletters list` shows it.")
  var id: String

  @Flag(help: "Show the whole line, however long.")
  var full = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let letter = try DeadLetter.find(id, reader)
    let raw = try letter.raw(reader, options.home)
    if json.isOn {
      guard case .object(let members) = letter.json else { return }
      return Output.line(
        JSON.object(members + [JSON.Member("raw", raw.map(JSON.text) ?? .null)]).description)
    }
    let style = options.style
    Output.line(style.bold(letter.id))
    Output.line("  \(letter.place.description.safe)")
    Output.line("  \(style.red(letter.message.safe))")
    Output.line("  code \(letter.code), run \(letter.run), \(Figures.bytes(letter.length)) long")
    Output.line()
    guard let raw else { return Output.line("The raw store does not have this line.") }
    Output.line(shown(raw, letter.column, style))
  }

  /// The part around the fault, with a mark under it.
  private func shown(_ raw: String, _ column: Int?, _ style: Style) -> String {
    if full { return raw.safe }
    let bytes = Array(raw.utf8)
    let fault = min(max((column ?? 1) - 1, 0), bytes.count)
    let start = max(fault - 60, 0)
    let end = min(fault + 60, bytes.count)
    let before = String(decoding: bytes[start..<fault], as: UTF8.self).safe
    let after = String(decoding: bytes[fault..<end], as: UTF8.self).safe
    let lead = start > 0 ? "… " : ""
    let mark = String(repeating: " ", count: (lead + before).displayWidth) + style.red("^")
    let excerpt = "\(lead)\(before)\(after)\(end < bytes.count ? " …" : "")"
    return column == nil ? excerpt : "\(excerpt)\n\(mark)"
  }
}
