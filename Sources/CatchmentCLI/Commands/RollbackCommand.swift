import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine

struct RollbackCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Give the tables back as they were before a run.",
    discussion: """
      What the run read stays in the raw store, set aside. Importing the same files again brings the
      tables to where an undisturbed import would have. A run that later ones built on is refused,
      unless --cascade undoes those too, the last first.

      Examples:
        catchment rollback last --plan     show what would change, and change nothing
        catchment rollback last
        catchment rollback 20261121T0548 --cascade
        catchment rollback last --of clean.yaml          the newest run of a file's pipelines
        catchment rollback 20261121T0548 --of county.yaml
                                           all of their runs that began in that minute
      """)

  @Argument(help: "The run: its id or the beginning of it, its number, or \"last\".")
  var run: String

  @Flag(help: "Only show what would be deleted and restored.")
  var plan = false

  @Flag(help: "Also undo the later runs that built on this one.")
  var cascade = false

  @OptionGroup var pipelines: PipelineFileOption
  @OptionGroup var warehouse: WarehouseOption
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption
  @OptionGroup var log: LogOptions

  func validate() throws {
    // The beginning of every id.
    if run.isEmpty {
      throw ValidationError("The run is empty; `catchment runs` lists those there are.")
    }
  }

  func run() async throws {
    if let runs = try pipelines.runs(options) { return try rollBack(runs) }
    let rollback = Rollback(
      home: options.home, sources: try options.sources(),
      options: try options.importing(warehouse),
      logger: try log.logger())
    let outcome =
      try plan
      ? rollback.plan(run, cascade: cascade) : rollback.run(run, cascade: cascade)
    options.tell(outcome.notes)
    if json.isOn { return Output.line(outcome.json(isPlan: plan).description) }
    for run in outcome.runs { print(run) }
    if let publication = outcome.publication { Output.line(publication.line.safe) }
    if plan, !cascade, !outcome.dependents.isEmpty {
      Output.line(
        "It would be refused: \(outcome.dependents.joined(separator: ", ")) built on it. "
          + "Give --cascade to undo them all.")
    }
  }

  private func rollBack(_ runs: [PipelineFileOption.Found]) throws {
    let rollback = PipelineRollback(runs: runs, options: options)
    let wanted = try rollback.wanted(run)
    let undone =
      try plan ? wanted.map(\.run.id) : rollback.undo(wanted, cascade: cascade)
    let known = runs.map(\.run).filter { undone.contains($0.id) }
    if json.isOn {
      let list = known.map {
        JSON(["run_id": .text($0.id), "pipeline": .text($0.pipeline)])
      }
      let status = JSON.text(plan ? "planned" : "done")
      return Output.line(JSON(["status": status, "runs": .array(list)]).description)
    }
    for run in known {
      let records = run.records
      Output.line(
        "Run \(run.id) of \(run.pipeline.safe)\(plan ? " would be" : " is") rolled back: "
          + "\(records.loaded) loaded, \(records.updated) updated, \(records.deleted) deleted")
    }
  }

  private func print(_ run: RollbackPlan.Run) {
    Output.line("Run \(run.id)\(plan ? " would be" : " is") rolled back:")
    let tables = Set(run.deleted.keys).union(run.restored.keys).sorted()
    if tables.isEmpty { Output.line("  no row changes") }
    for table in tables {
      let counts = "\(run.deleted[table] ?? 0) deleted, \(run.restored[table] ?? 0) restored"
      Output.line("  \(table): \(counts)")
    }
  }
}

extension RollbackPlan {
  fileprivate func json(isPlan: Bool) -> JSON {
    JSON([
      "status": .text(isPlan ? "planned" : "done"),
      "runs": .array(
        runs.map { run in
          JSON([
            "run_id": .text(run.id), "deleted": Self.counts(run.deleted),
            "restored": Self.counts(run.restored),
          ])
        }),
      "dependents": .array(dependents.map(JSON.text)),
      "warehouse": publication?.json ?? .null,
    ])
  }

  private static func counts(_ tables: [String: Int]) -> JSON {
    .object(tables.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) })
  }
}
