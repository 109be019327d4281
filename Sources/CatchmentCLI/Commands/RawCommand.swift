import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

/// The raw store.
///
/// Its subcommands are what can be done with it.
struct RawCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "raw",
    abstract: "Look after the raw store: everything that was read, byte for byte.",
    subcommands: [RawCheckCommand.self])
}

struct RawCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Verify every raw record against its SHA-256, and the tables against the records.",
    discussion: """
      Exit code 9 says that something is damaged; each damage is named with its file.

      Examples:
        catchment raw check
        catchment raw check --json
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  func run() async throws {
    let report = try RawCheck(
      home: options.home, sources: Catalogue.sources, memory: options.memory.bytes
    ).run()
    if json.isOn {
      Output.line(report.json.description)
    } else {
      for damage in report.damages { Output.note(damage.description.asTyped.safeLines) }
      Output.line(
        "\(Figures.of(report.records, "record"))\(artifacts(report)) of \(Figures.bytes(report.bytes)) in "
          + "\(Figures.of(report.files, "file")): "
          + (report.isSound ? "all as they were kept." : "\(report.damages.count) damaged."))
    }
    if !report.isSound { throw ExitCode(CatchmentError.Code.damaged.exitCode) }
  }

  private func artifacts(_ report: RawCheck.Report) -> String {
    report.artifacts == 0 ? "" : " and \(Figures.of(report.artifacts, "artifact"))"
  }
}

extension RawCheck.Report {
  fileprivate var json: JSON {
    JSON([
      "status": .text(isSound ? "sound" : "damaged"), "files": .integer(files),
      "records": .integer(records), "artifacts": .integer(artifacts), "bytes": .integer(bytes),
      "damages": .array(
        damages.map {
          JSON(["file": .text($0.location?.file ?? ""), "message": .text($0.message)])
        }),
    ])
  }
}
