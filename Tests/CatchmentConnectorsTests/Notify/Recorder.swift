import Catchment
import Synchronization

/// A receiver that remembers what it was told, after it refused a few times.
final class Recorder: Notifier {
  private let state: Mutex<(events: [RunEvent], refusals: Int)>
  let place = "the recorder"

  init(refusals: Int = 0) { state = Mutex(([], refusals)) }

  var events: [RunEvent] { state.withLock { $0.events } }
  var kinds: [RunEvent.Kind] { events.map(\.kind) }

  func send(_ event: RunEvent) async throws(CatchmentError) {
    let refuses = state.withLock { state in
      state.refusals -= 1
      if state.refusals < 0 { state.events.append(event) }
      return state.refusals >= 0
    }
    guard refuses else { return }
    var error = CatchmentError(.destinationUnavailable, "not now")
    error.isTransient = true
    throw error
  }
}

/// A receiver that never answers, and does not heed that it should end.
struct Silence: Notifier {
  let place = "silence"

  func send(_ event: RunEvent) async throws(CatchmentError) {
    await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
  }
}

/// The events that were given up.
final class GivenUp: Sendable {
  private let told = Mutex<[Undelivered]>([])

  var all: [Undelivered] { told.withLock { $0 } }
  func add(_ one: Undelivered) { told.withLock { $0.append(one) } }
}
