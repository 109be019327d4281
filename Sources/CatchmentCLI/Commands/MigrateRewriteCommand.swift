import ArgumentParser
import Catchment
import CatchmentConversations
import Foundation
import JSONTape

struct MigrateRewriteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rewrite",
    abstract: "Write an export of unified conversations anew, in the newest form.",
    discussion: """
      Older lines are understood wherever they are read; this writes them back. The file is replaced
      when all of it is written; one line that is no unified conversation leaves it as it was.

      Examples:
        catchment migrate rewrite conversations.jsonl
        catchment migrate rewrite old.jsonl --output new.jsonl --json
      """)

  @Argument(help: "A file of `catchment export --format unified`.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp("Where to write. (default: in the place of the file)", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup var json: JSONOption

  func run() async throws {
    guard let handle = FileHandle(forReadingAtPath: file) else {
      throw CatchmentError(
        .sourceUnavailable, "\(file) cannot be read", hint: "name an export that is there")
    }
    let sink = try ExportSink(output ?? file)
    let counts: (lines: Int, upgraded: Int)
    do {
      counts = try rewrite(handle, sink)
      try sink.finish()
    } catch {
      sink.abandon()
      throw error
    }
    report(counts)
  }

  private func rewrite(
    _ handle: FileHandle, _ sink: ExportSink
  ) throws -> (lines: Int, upgraded: Int) {
    let reader = StreamLineReader(fileDescriptor: handle.fileDescriptor)
    let parser = TapeParser()
    var (number, lines, upgraded) = (0, 0, 0)
    while let item = try reader.next() {
      number += 1
      guard case .line(let line) = item else { throw fault("the line is too long", number) }
      guard !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
      let conversation = try read(line, parser, number)
      lines += 1
      guard conversation.writtenVersion < UnifiedConversation.newestVersion else {
        try sink.write(String(decoding: line.bytes, as: UTF8.self) + "\n")
        continue
      }
      upgraded += 1
      try sink.write(conversation.line + "\n")
    }
    return (lines, upgraded)
  }

  private func read(
    _ line: Line, _ parser: TapeParser, _ number: Int
  ) throws(CatchmentError) -> UnifiedConversation {
    let value: JSONValue
    do throws(JSONError) {
      value = try parser.parse(line.bytes, isPadded: line.isPadded)
    } catch {
      throw fault("the line is not JSON: \(error)", number)
    }
    do throws(CatchmentError) { return try UnifiedConversation(value) } catch {
      throw fault(error.message, number, hint: error.hint)
    }
  }

  private func fault(_ message: String, _ line: Int, hint: String? = nil) -> CatchmentError {
    CatchmentError(.validation, message, at: .init(file: file, line: line), hint: hint)
  }

  private func report(_ counts: (lines: Int, upgraded: Int)) {
    if json.isOn {
      let object = JSON([
        "status": .text("done"), "file": .text(output ?? file),
        "conversations": .integer(counts.lines), "upgraded": .integer(counts.upgraded),
      ])
      return Output.line(object.description)
    }
    Output.line(
      "\(Figures.of(counts.lines, "conversation")) in \((output ?? file).safe), "
        + "\(Figures.count(counts.upgraded)) of them taken up to version "
        + "\(UnifiedConversation.newestVersion).")
  }
}
