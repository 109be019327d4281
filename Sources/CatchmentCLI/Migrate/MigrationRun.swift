import ArgumentParser
import Catchment
import CatchmentEngine
import DuckDB

/// A migration that a person or a script asked for.
struct MigrationRun {
  private let options: GlobalOptions
  private let json: JSONOption

  init(_ options: GlobalOptions, _ json: JSONOption) {
    self.options = options
    self.json = json
  }

  func run(
    to goal: SchemaVersion, _ direction: Migration.Direction, backsUp: Bool
  ) throws {
    let migration = WarehouseMigration(
      home: options.home, views: try options.sources().views,
      options: .init(memory: options.memory.bytes, threads: options.threadCount))
    let outcome = try migration.run(to: goal, direction, backsUp: backsUp)
    if json.isOn { return Output.line(outcome.json.description) }
    guard !outcome.applied.isEmpty else {
      return Output.line("The tables are of version \(outcome.to) already.")
    }
    Output.line("The tables went from version \(outcome.from) to \(outcome.to).")
    if let backup = outcome.backup {
      Output.line("As they were before, they are in \(backup.safe).")
    }
  }
}

/// Whether a copy is made first.
struct BackupOption: ParsableArguments {
  @Flag(name: .customLong("no-backup"), help: "Make no copy first: there is one already.")
  var isUnwanted = false

  var isWanted: Bool { !isUnwanted }
}

/// A version of the tables as people write it: `1.1.0`.
struct VersionArgument: ExpressibleByArgument {
  let version: SchemaVersion

  init?(argument: String) {
    guard let version = SchemaVersion(argument) else { return nil }
    self.version = version
  }
}

extension Migrator.Outcome {
  fileprivate var json: JSON {
    JSON([
      "status": .text("done"), "from": .text(from.description), "to": .text(to.description),
      "applied": .array(applied.map { .text($0.description) }),
      "backup": backup.map(JSON.text) ?? .null,
    ])
  }
}

extension Int64 {
  /// `2026-11-21 06:15`, of microseconds since 1970.
  var minute: String { Value.timestampTZ(micros: self).minute }
}
