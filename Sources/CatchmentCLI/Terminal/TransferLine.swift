import CatchmentConnectors
import Synchronization

/// One line on stderr that says how far downloads are.
final class TransferLine: Sendable {
  private struct State {
    var came: Int64 = 0
    var expected: Int64 = 0
    var shown: ContinuousClock.Instant?
  }

  private let isOn: Bool
  private let began = ContinuousClock.now
  private let state = Mutex(State())

  init(isOn: Bool) { self.isOn = isOn }

  func take(_ progress: Downloader.Progress) {
    update { state in
      switch progress {
      case .expected(let bytes): state.expected += bytes
      case .came(let bytes): state.came += Int64(bytes)
      case .ended: break
      }
    }
  }

  /// The same of work that knows how far it is in all.
  func show(_ came: Int64, of expected: Int64) {
    update { state in (state.came, state.expected) = (came, expected) }
  }

  private func update(_ change: (inout State) -> Void) {
    guard isOn else { return }
    let text: String? = state.withLock { state in
      change(&state)
      guard state.shown.map({ .now - $0 > .milliseconds(100) }) ?? true else { return nil }
      state.shown = .now
      return Self.text(state.came, of: state.expected, (ContinuousClock.now - began) / .seconds(1))
    }
    if let text { Output.status("\r\u{1B}[K\(text.cut(to: Terminal.width - 1))") }
  }

  /// Takes the line away.
  func stop() {
    if isOn, state.withLock({ $0.shown }) != nil { Output.status("\r\u{1B}[K") }
  }

  static func text(_ came: Int64, of expected: Int64, _ seconds: Double) -> String {
    let rate = Double(came) / max(seconds, 0.1)
    guard expected > came else {
      return "\(Figures.bytes(came))  \(Figures.bytes(Int(rate)))/s"
    }
    let left = rate > 0 ? Figures.seconds(Double(expected - came) / rate) : "?"
    return
      "\(Figures.meter(Double(came) / Double(expected)))  \(Figures.bytes(came)) of \(Figures.bytes(expected))  "
      + "\(Figures.bytes(Int(rate)))/s  \(left) left"
  }
}
