import ArgumentParser
import Catchment
import CatchmentEngine

struct NotifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notify",
    abstract: "Send a test message to whom a file's pipelines tell of their runs.",
    discussion: """
      Nothing is run. Each receiver under `notify` is sent one message, marked as a test, of the
      first kind that it asks for or of the one that is given.

      Examples:
        catchment notify clean.yaml
        catchment notify clean.yaml --event success --json

      Exit code 0: all of them took it. Otherwise it is that of the first failure.
      """)

  @OptionGroup var pipeline: PipelineOptions
  @OptionGroup var options: GlobalOptions
  @OptionGroup var json: JSONOption

  @Option(
    help: ArgumentHelp(
      "What the message says happened: start, success, partial, failure or broken_promise.",
      valueName: "kind"), transform: RunEvent.Kind.named)
  var event: RunEvent.Kind?

  func run() async throws {
    let chosen = try pipeline.chosen(options)
    let all =
      chosen.receivers.map { (chosen.name, $0) }
      + chosen.all.flatMap { named in named.pipeline.receivers.map { (named.pipeline.name, $0) } }
    guard !all.isEmpty else {
      throw CatchmentError(
        .configuration, "\(pipeline.file) names nobody to tell",
        hint: "add a line such as notify: [webhook: https://host/path]")
    }
    var results: [(name: String, receiver: Receiver, failure: Undelivered?)] = []
    for (name, receiver) in all {
      let failure = await receiver.test(of: event, named: name)
      results.append((name, receiver, failure))
      guard !json.isOn else { continue }
      if let failure {
        Output.note("catchment: \(failure.text.safeLines)")
      } else if !options.quiet {
        Output.line("\(name.safe): told \(receiver.notifier.place.safe)")
      }
    }
    if json.isOn {
      let reports = results.map { result in
        JSON([
          "pipeline": .text(result.name), "receiver": .text(result.receiver.notifier.place),
          "status": .text(result.failure == nil ? "told" : "failed"),
          "error": result.failure?.error.json ?? .null,
        ])
      }
      Output.line(JSON.array(reports).description)
    }
    if let failure = results.lazy.compactMap(\.failure).first {
      throw ExitCode(failure.error.code.exitCode)
    }
  }
}

extension RunEvent.Kind {
  fileprivate static func named(_ word: String) throws -> RunEvent.Kind {
    if let kind = RunEvent.Kind(rawValue: word) { return kind }
    let words = allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("--event is \(word); it must be one of \(words).")
  }
}
