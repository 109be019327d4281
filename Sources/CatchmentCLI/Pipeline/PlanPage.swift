import Catchment
import CatchmentEngine

/// What a run of a pipeline would do, for people.
struct PlanPage {
  private let pipeline: Pipeline.Complete
  private let plan: PipelinePlan
  private let style: Style

  init(_ pipeline: Pipeline.Complete, _ plan: PipelinePlan, _ style: Style) {
    self.pipeline = pipeline
    self.plan = plan
    self.style = style
  }

  func print() {
    let noun = pipeline.source.unitNoun
    let pending = plan.units.filter { $0.state != .unchanged }
    let count = Figures.of(pending.count, noun)
    Output.line(style.bold("\(plan.name.safe): \(count) to read, of \(plan.units.count)"))
    for unit in pending.prefix(20) {
      let size = unit.size > 0 ? ", \(Figures.bytes(unit.size))" : ""
      let dialect = unit.dialect.map { ", \($0)" } ?? ""
      let fetched = unit.isRemote ? ", to be fetched" : ""
      Output.line("  \(unit.path.safe)  \(unit.state.rawValue)\(size)\(dialect.safe)\(fetched)")
      if let query = unit.query { Output.line(style.dim("    \(query.safe)")) }
    }
    if pending.count > 20 { Output.line(style.dim("  and \(pending.count - 20) more")) }
    if !plan.columns.isEmpty { Output.line("  → \(Self.text(plan.columns))") }
    for step in plan.steps { print(step) }
    Output.line("  into \(pipeline.destination.location.safe)")
    for change in plan.changes { Output.line("    \(change.safe)") }
    if plan.isRefused {
      Output.line("    the table has other columns: a run would load nothing")
    }
    for problem in plan.problems { Output.line("  \(problem.description.safe)") }
  }

  private func print(_ step: PipelinePlan.Step) {
    Output.line("  \(step.name.safe)")
    for statement in step.statements {
      for line in statement.split(separator: "\n") {
        Output.line(style.dim("    \(String(line).safe)"))
      }
    }
    Output.line("  → \(Self.text(step.columns))")
  }

  private static func text(_ columns: [Relation.Column]) -> String {
    columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ").safe
  }
}

extension PipelinePlan {
  /// For scripts.
  func json(of pipeline: Pipeline.Complete) -> JSON {
    JSON([
      "pipeline": .text(name),
      "units": .array(
        units.map { unit in
          JSON([
            "path": .text(unit.path), "bytes": .integer(Int(unit.size)),
            "state": .text(unit.state.rawValue), "dialect": unit.dialect.map(JSON.text) ?? .null,
            "query": unit.query.map(JSON.text) ?? .null,
          ])
        }),
      "columns": Self.json(columns),
      "steps": .array(
        steps.map { step in
          JSON([
            "name": .text(step.name), "statements": .array(step.statements.map(JSON.text)),
            "columns": Self.json(step.columns),
          ])
        }),
      "destination": .text(pipeline.destination.location),
      "changes": .array(changes.map(JSON.text)), "is_refused": .boolean(isRefused),
      "problems": .array(problems.map { .text($0.description) }),
    ])
  }

  private static func json(_ columns: [Relation.Column]) -> JSON {
    .array(columns.map { JSON(["name": .text($0.name), "type": .text("\($0.type)")]) })
  }
}
