import CatchmentEngine
@preconcurrency import Dispatch

/// One line on stderr that says how far an import is.
///
/// It has a queue of its own: the workers hold the task pool's threads.
final class ProgressLine {
  private let timer: (any DispatchSourceTimer)?
  private static let queue = DispatchQueue(label: "catchment.progress")

  init(_ progress: RunProgress, isOn: Bool) {
    guard isOn else {
      timer = nil
      return
    }
    let timer = DispatchSource.makeTimerSource(queue: Self.queue)
    let began = DispatchTime.now().uptimeNanoseconds
    timer.schedule(deadline: .now() + 0.3, repeating: 0.1)
    timer.setEventHandler {
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e9
      let text = Self.text(progress.snapshot, seconds).cut(to: Terminal.width - 1)
      Output.status("\r\u{1B}[K\(text)")
    }
    timer.resume()
    self.timer = timer
  }

  /// Takes the line away.
  func stop() {
    guard let timer else { return }
    timer.cancel()
    Self.queue.sync { Output.status("\r\u{1B}[K") }
  }

  static func text(_ state: RunProgress.Snapshot, _ seconds: Double) -> String {
    switch state.phase {
    case .waiting: "waiting for its turn"
    case .fetching: "fetching"
    case .loading: "loading"
    case .ended: "done"
    case .planning: "looking for what is new"
    case .reading: reading(state, seconds)
    case .linking: "linking conversations that belong together"
    case .addingUp: "adding up"
    case .publishing: "publishing to the warehouse that follows"
    case .saving: "saving"
    }
  }

  private static func reading(_ state: RunProgress.Snapshot, _ seconds: Double) -> String {
    guard state.bytes < state.totalBytes else { return "deriving what files share" }
    let share = Double(state.bytes) / Double(state.totalBytes)
    let rate = Double(state.bytes) / max(seconds, 0.1)
    var text = "\(Figures.meter(share))  "
    text += "\(Figures.bytes(state.bytes)) of \(Figures.bytes(state.totalBytes))"
    if rate > 0 {
      let left = Int((Double(state.totalBytes - state.bytes) / rate).rounded(.up))
      text += "  \(Figures.bytes(Int(rate)))/s"
      text += "  \(left < 60 ? "\(left) s" : Figures.seconds(Double(left))) left"
    }
    return text + "  \(Figures.count(state.units))/\(Figures.count(state.totalUnits)) files"
  }
}
