import ArgumentParser
import Catchment
import CatchmentEngine
import Synchronization

/// What became of the pipelines of a file, for people as they end and for scripts at the end.
struct RunPage: Sendable {
  var isJSON: Bool
  var isQuiet: Bool
  /// Whether stdout is for the rows.
  var isBesideData: Bool
  var style: Style
  private let warnings = Warnings()
  var canTell: Bool { !isJSON && !isQuiet }

  init(isJSON: Bool, isQuiet: Bool, isBesideData: Bool, style: Style) {
    self.isJSON = isJSON
    self.isQuiet = isQuiet
    self.isBesideData = isBesideData
    self.style = style
  }

  private func say(_ line: String) { isBesideData ? Output.note(line) : Output.line(line) }

  /// A run after which there will be another.
  func print(_ pipeline: Pipeline.Complete, _ attempt: PipelineAttempt, next: Int) {
    guard !isQuiet, let error = attempt.error, let pause = attempt.pause else { return }
    let name = pipeline.name.safe
    Output.note("catchment: \(name): \(error.asTyped.description.safeLines)")
    let most = pipeline.retry.map { " of \($0.attempts)" } ?? ""
    Output.note("\(name): tried again in \(Figures.seconds(pause)), attempt \(next)\(most)")
  }

  /// Why one was not tried, which is no failure.
  func note(_ pipeline: Pipeline.Complete, _ reason: String) {
    guard !isQuiet else { return }
    Output.note("note: \(pipeline.name.safe): \(reason.safe)")
  }

  /// - Parameter isAlone: whether a failure is told by the command's own end.
  func print(_ pipeline: Pipeline.Complete, _ outcome: PipelineGroup.Outcome, isAlone: Bool) {
    switch outcome {
    case .ran(let report):
      if !isQuiet { report.notes.forEach { Output.note("note: \($0.safe)") } }
      guard canTell else { return }
      // As one piece: others may end at the same moment.
      say(PipelinePage(pipeline, report, style).lines.joined(separator: "\n"))
    case .failed(let failure):
      let isToldAtEnd = (isAlone && pipeline.onFailure != .skip) || isJSON
      guard !isToldAtEnd else { return }
      let error = failure.error.asTyped.description.safeLines
      Output.note("catchment: \(pipeline.name.safe): \(error)")
    case .skipped(let needs):
      guard canTell else { return }
      let names = needs.joined(separator: ", ").safe
      say("\(style.bold("\(pipeline.name.safe): skipped")), for it needs \(names)")
    }
  }

  /// Tells of an event that a receiver could not be told of; it changes no exit code.
  func warn(_ failure: Undelivered) {
    warnings.add(failure)
    Output.note("catchment: warning: \(failure.text.safeLines)")
  }

  /// Prints the list for scripts, and throws what the exit code is made of.
  func end(
    _ pipelines: [Pipeline.Complete], _ outcomes: [PipelineGroup.Outcome]
  ) throws {
    let failures = zip(pipelines, outcomes).compactMap { (pipeline, outcome) -> PipelineFailure? in
      guard case .failed(let failure) = outcome, pipeline.onFailure != .skip else { return nil }
      return failure
    }
    if let failure = failures.first, outcomes.count == 1 {
      guard isJSON else { throw failure.error }
      let page = JSON([
        "error": failure.error.asTyped.json, "attempts": failure.attempts.json,
      ])
      say(warnings.added(to: [page], of: pipelines.map(\.name))[0].description)
      throw ExitCode(failure.error.code.exitCode)
    }
    if isJSON {
      let reports = zip(pipelines, outcomes).map { $1.json(of: $0) }
      say(JSON.array(warnings.added(to: reports, of: pipelines.map(\.name))).description)
    }
    if let failure = failures.first { throw ExitCode(failure.error.code.exitCode) }
    if outcomes.contains(where: \.isPartial) { throw ExitCode(3) }
  }
}

/// The events that could not be brought, in the order in which they were given up.
private final class Warnings: Sendable {
  private let told = Mutex<[Undelivered]>([])

  var all: [Undelivered] { told.withLock { $0 } }
  func add(_ failure: Undelivered) { told.withLock { $0.append(failure) } }

  /// The reports of pipelines with what they could not tell; the first one also has what the file could
  /// not.
  func added(to reports: [JSON], of names: [String]) -> [JSON] {
    zip(names.indices, reports).map { place, report in
      let own = all.filter { failure in
        failure.event.name == names[place]
          || place == 0 && !names.contains(failure.event.name)
      }
      guard !own.isEmpty, case .object(let members) = report else { return report }
      return .object(members + [.init("undelivered", .array(own.map(\.json)))])
    }
  }
}

extension Undelivered {
  var text: String {
    "\(place) could not be told \"\(event.title)\": \(error.description)"
  }

  var json: JSON {
    JSON([
      "receiver": .text(place), "pipeline": .text(event.name), "event": .text(event.kind.rawValue),
      "error": error.json,
    ])
  }
}

extension PipelineGroup.Outcome {
  fileprivate var isPartial: Bool {
    if case .ran(let report) = self { report.run.status == .partial } else { false }
  }

  fileprivate func json(of pipeline: Pipeline.Complete) -> JSON {
    switch self {
    case .ran(let report): report.json
    case .failed(let failure):
      JSON([
        "pipeline": .text(pipeline.name), "status": .text("failed"),
        "error": failure.error.asTyped.json, "attempts": failure.attempts.json,
        "on_failure": .text(pipeline.onFailure.rawValue),
      ])
    case .skipped(let needs):
      JSON([
        "pipeline": .text(pipeline.name), "status": .text("skipped"),
        "needs": .array(needs.map { .text($0) }),
      ])
    }
  }
}

extension [PipelineAttempt] {
  /// For scripts.
  var json: JSON {
    .array(
      map { attempt in
        JSON([
          "run_id": attempt.runID.map(JSON.text) ?? .null,
          "stage": (attempt.stage?.rawValue).map(JSON.text) ?? .null,
          "error": attempt.error?.asTyped.json ?? .null,
          "records": .object(
            [JSON.Member("read", .integer(attempt.metrics.records.read))]
              + RecordOutcome.allCases.map {
                JSON.Member($0.name, .integer(attempt.metrics.records[$0]))
              }),
          "seconds": .double(attempt.metrics.seconds),
          "pause_seconds": attempt.pause.map(JSON.double) ?? .null,
        ])
      })
  }
}

/// The two pipes that a process has, which pipelines cannot share.
enum StandardStreams {
  static func check(_ all: [PipelineDefinition]) throws(CatchmentError) {
    for (word, steps) in [("input", all.map(\.extract)), ("output", all.map(\.load))] {
      let users = steps.filter { step in
        step.settings.text == StandardStream.word
          || step.settings.entries?.contains {
            $0.name == "path" && $0.setting.text == StandardStream.word
          } == true
      }
      guard users.count < 2 else {
        throw CatchmentError(
          .configuration, "two pipelines use standard \(word), which can be used once",
          hint: "choose one of them with --select, or name a file")
      }
    }
  }
}
