import ArgumentParser
import Catchment
import CatchmentConversations
import CatchmentEngine
import DuckDB

struct ArtifactsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the images and other files that conversations hold.",
    discussion: """
      The newest come first. STATE is kept, or gone when the raw store no longer has the file.

      Examples:
        catchment artifacts list
        catchment artifacts list --conversation 7fc22081 --json
      """)

  @Option(help: ArgumentHelp("Only those of a conversation, as `show` takes it.", valueName: "id"))
  var conversation: String?

  @OptionGroup var list: ListLimit
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let (files, total) = try listed(reader)
    if json.isOn { return Output.line(JSON.array(files.map(\.json)).description) }
    guard total > 0 else { return Output.line("No artifacts: no conversation holds a file.") }
    printTable(files)
    list.noteRest(of: total, shown: files.count, options)
  }

  private func listed(
    _ reader: WarehouseReader
  ) throws(CatchmentError) -> (files: [ListedArtifact], total: Int) {
    let found = try conversation.map { name throws(CatchmentError) in
      try Conversation.find(name, reader).id
    }
    let condition = found.map { "conversation_id = \(SQL.literal($0))::UUID" } ?? "true"
    let rows = try reader.rows(
      """
      SELECT *, count(*) OVER () FROM (\(ArtifactReferences.query(where: condition)))
      ORDER BY first_seen DESC NULLS LAST, sha256 LIMIT \(list.limit)
      """)
    return (rows.compactMap { ListedArtifact($0, options.home) }, rows.first?[6].int ?? 0)
  }

  private func printTable(_ files: [ListedArtifact]) {
    var table = TextTable(
      [
        .init("SHA-256"), .init("TYPE"), .init("SIZE", isNumber: true), .init("FIRST SEEN"),
        .init("TIMES", isNumber: true), .init("STATE"),
      ], style: options.style)
    for file in files {
      table.add([
        .init(file.sha256), file.mediaType.map { .init($0.safe) } ?? .init(""),
        .init(file.bytes.map(Figures.bytes) ?? ""), .init(file.firstSeen.minute),
        .init(Figures.count(file.times)), .init(file.state),
      ])
    }
    table.finish()
  }
}

/// An artifact that conversations refer to.
private struct ListedArtifact {
  let sha256: String
  let mediaType: String?
  let bytes: Int64?
  let firstSeen: Value
  let times: Int
  let conversations: Int
  let state: String

  /// Nil when what stands in a reference is no hash.
  init?(_ row: [Value], _ home: Home) {
    guard let name = row[0].text, let kept = KeptArtifact(sha256: name, in: home) else {
      return nil
    }
    sha256 = kept.sha256
    mediaType = row[1].text
    bytes = row[2].int64
    firstSeen = row[3]
    times = row[4].int
    conversations = row[5].int
    state = kept.size == nil ? "gone" : "kept"
  }

  var json: JSON {
    JSON([
      "sha256": .text(sha256), "media_type": mediaType.map(JSON.text) ?? .null,
      "bytes": .integer(bytes), "first_seen": JSON(firstSeen), "times": .integer(times),
      "conversations": .integer(conversations), "state": .text(state),
    ])
  }
}
