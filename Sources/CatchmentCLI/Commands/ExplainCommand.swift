import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine
import DuckDB

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Show the original bytes behind a row, and where they lie.",
    discussion: """
      Takes the id of a conversation, message, tool call or summary, or the beginning of it.

      Examples:
        catchment explain 3f2a9c1e
        catchment explain 3f2a9c1e --bytes > original.jsonl
      """)

  @Argument(help: "The row's id, or the beginning of it.")
  var id: String

  @Flag(help: "Print the original bytes alone, a record a line, exactly as they were.")
  var bytes = false

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let explanation = try Explainer(home: options.home, sources: Catalogue.sources)
      .explain(id)
    if bytes {
      for origin in explanation.origins { Output.bytes(origin.bytes + [UInt8(ascii: "\n")]) }
    } else if json.isOn {
      Output.line(explanation.json.description)
    } else {
      page(explanation)
    }
  }

  private func page(_ explanation: Explainer.Explanation) {
    Output.line("\(explanation.table) \(explanation.id)")
    Output.line("made from \(Figures.of(explanation.origins.count, "raw record"))")
    for origin in explanation.origins {
      Output.line()
      Output.line("\(origin.file):\(origin.line) (byte \(origin.offset), \(origin.length) bytes)")
      Output.line("  became  \(origin.outcome)\(origin.issue.map { "; \($0)" } ?? "")")
      Output.line("  kept in \(origin.segment)")
      Output.line("  sha256  \(origin.sha256)")
      let text = String(decoding: origin.bytes.prefix(2_000), as: UTF8.self)
      Output.line("  " + text.safe + (origin.bytes.count > 2_000 ? " …" : ""))
    }
  }
}

extension Explainer.Explanation {
  fileprivate var json: JSON {
    JSON([
      "table": .text(table), "id": .text(id.description),
      "records": .array(
        origins.map { origin in
          JSON([
            "file": .text(origin.file), "line": .integer(origin.line),
            "offset": .integer(origin.offset), "length": .integer(origin.length),
            "outcome": .text(origin.outcome), "issue": origin.issue.map(JSON.text) ?? .null,
            "segment": .text(origin.segment), "sha256": .text(origin.sha256),
            "text": .text(String(decoding: origin.bytes, as: UTF8.self)),
          ])
        }),
    ])
  }
}
