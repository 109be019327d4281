import Catchment
import CatchmentEngine
import Synchronization

/// What a watch prints: a line for each import that came to something, notes beside it.
final class WatchPage: Sendable {
  private let options: GlobalOptions
  private let isJSON: Bool
  private let metrics: MetricsOptions
  private let state = Mutex(State())

  private struct State {
    var imports = 0
    /// What was said last and need not be said again at once.
    var said = ""
  }

  init(_ options: GlobalOptions, isJSON: Bool, metrics: MetricsOptions) {
    self.options = options
    self.isJSON = isJSON
    self.metrics = metrics
  }

  func tell(_ event: Watcher.Event) {
    switch event {
    case .watching(let directories, let polled, let reason):
      if !isJSON { note("Watching \(Figures.of(directories, "folder")); Ctrl-C ends it.") }
      guard let reason, let first = polled.first else { return }
      let more = polled.count > 1 ? " and \(polled.count - 1) more" : ""
      note("Looking at \(first)\(more) every few seconds: \(reason).")
    case .postponed(let error, _):
      noteOnce("\(error.message); the import waits")
      // That another run is at work is no failure.
      guard error.code != .locked else { return }
      do throws(CatchmentError) { try metrics.write(failed: "watch", error) } catch {
        noteOnce(error.message)
      }
    case .imported(let report): tell(report)
    }
  }

  private func tell(_ report: ImportReport) {
    options.tell(report.notes)
    let isFirst = state.withLock { state in
      state.imports += 1
      return state.imports == 1
    }
    do throws(CatchmentError) { try metrics.write("watch", report) } catch {
      noteOnce(error.message)
    }
    for problem in report.problems { noteOnce("not read: \(problem.message)") }
    if report.problems.isEmpty { state.withLock { $0.said = "" } }
    guard isFirst || report.unitsCommitted + report.unitsVanished > 0 else { return }
    if isJSON {
      guard case .object(let members) = report.json else { return }
      let time = JSON.Member("time", .text(Moment.second(Moment.now)))
      Output.line(JSON.object([time] + members).description)
    } else if !options.quiet {
      Output.line(line(report))
    }
  }

  private func line(_ report: ImportReport) -> String {
    let style = options.style
    let time = Moment.second(Moment.now)
    var parts = [
      Figures.of(report.unitsCommitted, "file"), Figures.bytes(report.bytesRead),
      "\(Figures.of(report.metrics.messages, "message")) of "
        + Figures.of(report.metrics.conversations, "conversation"),
    ]
    if report.unitsCommitted == 0 { parts = ["nothing new"] }
    if report.unitsVanished > 0 {
      parts.append("\(Figures.of(report.unitsVanished, "file")) no longer there")
    }
    if report.records.deadLettered > 0 {
      parts.append(style.yellow(Figures.of(report.records.deadLettered, "dead letter")))
    }
    let took = style.dim("in \(Figures.seconds(report.seconds))")
    return "\(style.dim(time))  \(parts.joined(separator: ", ")) \(took)"
  }

  private func note(_ text: String) {
    if !options.quiet { Output.note(text.safe) }
  }

  /// Not again while nothing else is said.
  private func noteOnce(_ text: String) {
    let isNew = state.withLock { state in
      defer { state.said = text }
      return state.said != text
    }
    if isNew { Output.note("note: \(text.safe)") }
  }
}
