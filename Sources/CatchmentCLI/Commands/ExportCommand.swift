import ArgumentParser
import Catchment
import CatchmentConversations

struct ExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write conversations to files.",
    discussion: """
      One object a line (unified), to read (markdown, html), or the tables (jsonl, csv, parquet).

      Examples:
        catchment export 7fc22081 --format html --output talk.html
        catchment export --where "platform = 'claude_code'" > conversations.jsonl
        catchment export --format parquet --output tables
      """)

  @Argument(help: "Conversations, as `show` takes them. Default: all.")
  var conversations: [String] = []

  @Option(help: "unified, jsonl, markdown, html, csv or parquet.")
  var format: ExportFormat = .unified

  @Option(help: "The file to write; a folder for jsonl, csv and parquet. Default: stdout.")
  var output: String?

  @Option(name: .customLong("where"), help: "A condition on the table conversations, in SQL.")
  var condition: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if condition != nil, !conversations.isEmpty {
      throw ValidationError("Give conversations or --where, not both.")
    }
    if format.copyOptions != nil, output == nil {
      throw ValidationError("--format \(format.rawValue) needs --output, a folder.")
    }
  }

  func run() async throws {
    let reader = try WarehouseReader(options)
    defer { reader.close() }
    let ids = try ExportSelection(names: conversations, condition: condition, reader).ids
    if let copyOptions = format.copyOptions, let folder = output {
      try TableExport(reader: reader, format: format, folder: folder)
        .write(ids, copyOptions: copyOptions)
    } else {
      let shelf = FileShelf(home: options.home)
      try write(ids, reader, shelf)
      try tell(shelf.damages)
    }
    if output != nil, !options.quiet {
      Output.note("\(Figures.of(ids.count, "conversation")) exported")
    }
  }

  /// Names the images that were left out; a raw store that is damaged is a failure.
  private func tell(_ damages: [CatchmentError]) throws {
    for damage in damages { Output.note("left out: \(damage.description.asTyped.safeLines)") }
    if damages.contains(where: { $0.code == .damaged }) {
      throw ExitCode(CatchmentError.Code.damaged.exitCode)
    }
  }

  private func write(_ ids: [String], _ reader: WarehouseReader, _ shelf: FileShelf) throws {
    let sink = try ExportSink(output)
    do {
      if format == .html { try sink.write(HTMLPage.head) }
      if format == .unified {
        try writeUnified(ids, reader, sink)
      } else {
        for id in ids { try write(id, reader, sink, shelf) }
      }
      if format == .html { try sink.write(HTMLPage.foot) }
      try sink.finish()
    } catch {
      sink.abandon()
      throw error
    }
  }

  private func writeUnified(
    _ ids: [String], _ reader: WarehouseReader, _ sink: ExportSink
  ) throws(CatchmentError) {
    let export = UnifiedExport(reader.connection)
    for id in ids {
      try export.write(id) { (bytes) throws(CatchmentError) in try sink.write(bytes) }
    }
  }

  private func write(
    _ id: String, _ reader: WarehouseReader, _ sink: ExportSink, _ shelf: FileShelf
  ) throws {
    let found = try Conversation.find(id, reader)
    let messages = try Transcript(found, reader).messages.filter(\.isTalk)
    let html = HTMLPage(shelf: shelf)
    let markdown = MarkdownPage(files: MarkdownFiles(shelf, beside: output))
    try sink.write(format == .html ? html.conversation(found) : markdown.conversation(found))
    for message in messages where message.parts.contains(where: \.isShown) {
      try sink.write(format == .html ? html.message(message) : try markdown.message(message))
    }
  }
}

extension TranscriptMessage.Part {
  /// A result says nothing that its call does not.
  fileprivate var isShown: Bool { if case .result = self { false } else { true } }
}
