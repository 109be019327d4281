import Catchment
import CatchmentEngine

/// What a run of a pipeline did, for people.
struct PipelinePage {
  private let pipeline: Pipeline.Complete
  private let report: PipelineReport
  private let style: Style

  init(_ pipeline: Pipeline.Complete, _ report: PipelineReport, _ style: Style) {
    self.pipeline = pipeline
    self.report = report
    self.style = style
  }

  private var noun: String { pipeline.source.unitNoun }

  var lines: [String] {
    var lines: [String] = []
    lines.append(
      style.bold("\(pipeline.name.safe): \(Figures.of(report.unitsPlanned, noun))")
        + ", \(Figures.bytes(report.run.bytesRead)) read in \(Figures.seconds(report.seconds))"
        + (report.bytesFetched > 0 ? ", \(Figures.bytes(report.bytesFetched)) fetched" : ""))
    if report.unitsSkipped > 0 {
      lines.append(
        style.dim("  \(Figures.of(report.unitsSkipped, noun)) unchanged, not read again"))
    }
    for step in report.steps where step.counts.read > 0 {
      lines.append("  \(step.name.safe)  \(Self.text(step.counts))\(Self.text(step.measures))")
    }
    let counts = report.run.records
    let made = report.run.made > 0 ? " + \(Figures.count(report.run.made)) made" : ""
    lines.append(
      "  \(Figures.count(counts.read)) read\(made) = \(taken)"
        + " + \(Figures.count(counts.filtered)) filtered"
        + " + \(Figures.count(counts.deadLettered)) dead-lettered")
    if counts.deleted > 0 {
      lines.append(
        "  \(Figures.of(counts.deleted, "row")) deleted, whose key is no longer in the source")
    }
    if let tuning = report.tuning {
      lines.append("  tuned for \(tuning.target.rawValue): \(tuning.explanation.safe)")
    }
    let place = pipeline.destination.location.safe
    lines.append(
      report.toLoad == nil ? "  into \(place)" : "  a dry run: nothing was loaded into \(place)")
    lines += deadLetters
    for problem in report.problems { lines.append("  \(problem.description.safe)") }
    return lines
  }

  /// Where the first ones are, and what is wrong with them.
  private var deadLetters: [String] {
    let rest = report.run.records.deadLettered - report.deadLetters.count
    return report.deadLetters.map { letter in
      let place = [letter.path, letter.line.map(String.init)].compactMap(\.self)
      let what = letter.message.isEmpty ? letter.code : letter.message
      let parts = [place.joined(separator: ":"), letter.step ?? "", what]
      return "  \(parts.filter { !$0.isEmpty }.joined(separator: ": ").safe)"
    } + (rest > 0 ? [style.dim("  and \(Figures.count(rest)) more dead letters")] : [])
  }

  /// What became of the rows of the last step.
  private var taken: String {
    if let count = report.toLoad { return "\(Figures.count(count)) to load" }
    let counts = report.run.records
    return "\(Figures.count(counts.loaded)) loaded + \(Figures.count(counts.updated)) updated"
      + " + \(Figures.count(counts.duplicate)) duplicate"
  }

  private static func text(_ counts: StepCounts) -> String {
    var text = "\(Figures.count(counts.read)) → \(Figures.count(counts.passed))"
    if counts.filtered > 0 { text += ", \(Figures.count(counts.filtered)) filtered" }
    if counts.deadLettered > 0 { text += ", \(Figures.count(counts.deadLettered)) dead-lettered" }
    return text
  }

  private static func text(_ measures: [StepMeasure]) -> String {
    let texts = measures.compactMap { measure in
      measure.mean.map { "\(measure.name) \(($0 * 1000).rounded() / 1000)" }
    }
    return texts.isEmpty ? "" : "; \(texts.joined(separator: ", "))"
  }
}

extension PipelineReport {
  /// For scripts.
  var json: JSON {
    JSON([
      "pipeline": .text(run.pipeline), "run_id": .text(run.id),
      "status": .text(run.status.rawValue),
      "units": JSON([
        "planned": .integer(unitsPlanned), "skipped": .integer(unitsSkipped),
        "committed": .integer(run.unitsCommitted),
      ]),
      "records": JSON([
        "read": .integer(run.records.read), "made": .integer(run.made),
        "loaded": .integer(run.records.loaded), "updated": .integer(run.records.updated),
        "duplicate": .integer(run.records.duplicate), "filtered": .integer(run.records.filtered),
        "dead_lettered": .integer(run.records.deadLettered),
        "deleted": .integer(run.records.deleted),
      ]),
      "tuning": tuning.map(\.json) ?? .null, "latency_seconds": .double(latency),
      "is_dry_run": .boolean(toLoad != nil), "to_load": toLoad.map(JSON.integer) ?? .null,
      "steps": .array(
        steps.map { step in
          JSON([
            "name": .text(step.name), "read": .integer(step.counts.read),
            "made": .integer(step.counts.made), "passed": .integer(step.counts.passed),
            "filtered": .integer(step.counts.filtered),
            "dead_lettered": .integer(step.counts.deadLettered),
            "measures": .object(
              step.measures.compactMap { measure in
                measure.mean.map { JSON.Member(measure.name, .double($0)) }
              }),
          ])
        }),
      "bytes_read": .integer(Int(run.bytesRead)), "bytes_fetched": .integer(Int(bytesFetched)),
      "seconds": .double(seconds), "attempts": attempts.json,
      "dead_letters": .array(
        deadLetters.map { letter in
          JSON([
            "path": letter.path.map(JSON.text) ?? .null,
            "line": letter.line.map(JSON.integer) ?? .null,
            "step": letter.step.map(JSON.text) ?? .null, "code": .text(letter.code),
            "message": .text(letter.message),
          ])
        }),
      "problems": .array(problems.map { .text($0.description) }),
    ])
  }
}

extension TuningDecision {
  fileprivate var json: JSON {
    JSON([
      "target": .text(target.rawValue), "threads": .integer(settings.threads),
      "memory": .integer(settings.memory), "batch": .integer(settings.batch),
      "settled": .boolean(isSettled), "explanation": .text(explanation),
    ])
  }
}
