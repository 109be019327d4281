internal import Catchment

/// Lets so many requests at a time through to each host, and none for a while to a host that fails
/// again and again.
actor HostGate {
  private struct Host {
    var busy = 0
    /// Failures since the last success.
    var failures = 0
    var closedUntil: ContinuousClock.Instant?
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let width: Int
  private let failuresAllowed: Int
  private let pause: Duration
  private var hosts: [String: Host] = [:]

  /// - Parameters:
  ///   - width: requests to one host at a time.
  ///   - failuresAllowed: in a row, before a host is left alone.
  ///   - pause: for so long.
  init(width: Int, failuresAllowed: Int, pause: Duration) {
    self.width = width
    self.failuresAllowed = failuresAllowed
    self.pause = pause
  }

  /// Waits for a place; each that is had must be given back by `leave`.
  ///
  /// Throws `sourceUnavailable` at once while the host is left alone.
  func enter(_ host: String) async throws(CatchmentError) {
    try check(host)
    if hosts[host, default: Host()].busy >= width {
      // Whoever leaves hands the place over: it stays counted.
      await withCheckedContinuation { hosts[host]?.waiting.append($0) }
    } else {
      hosts[host, default: Host()].busy += 1
    }
  }

  /// Gives a place back and tells how it went: nil when that says nothing about the host.
  func leave(_ host: String, isGood: Bool?) {
    guard var state = hosts[host] else { return }
    if let isGood { state.failures = isGood ? 0 : state.failures + 1 }
    if isGood == false, state.failures >= failuresAllowed { state.closedUntil = .now + pause }
    if state.waiting.isEmpty {
      state.busy -= 1
    } else {
      state.waiting.removeFirst().resume()
    }
    hosts[host] = state
  }

  private func check(_ host: String) throws(CatchmentError) {
    guard let closed = hosts[host]?.closedUntil else { return }
    guard closed > .now else {
      // One may try; when it fails too, the host is left alone again.
      hosts[host]?.closedUntil = nil
      hosts[host]?.failures = failuresAllowed - 1
      return
    }
    let failures = hosts[host]?.failures ?? 0
    var error = CatchmentError(
      .sourceUnavailable, "\(host) failed \(failures) times in a row and is left alone for now",
      hint: "run the same command again later: what was downloaded is kept")
    error.retryAfter = (closed - .now) / .seconds(1)
    throw error
  }
}

/// Spreads bytes over time, so that all who share it get no more than so many a second.
actor Pace {
  private let bytesPerSecond: Double?
  private var free = ContinuousClock.now

  init(bytesPerSecond: Int?) { self.bytesPerSecond = bytesPerSecond.map(Double.init) }

  /// Waits until so many bytes may have come; throws when the task is cancelled meanwhile.
  func take(_ bytes: Int) async throws(CatchmentError) {
    guard let bytesPerSecond else { return }
    free = max(free, .now) + .seconds(Double(bytes) / bytesPerSecond)
    do { try await Task.sleep(until: free) } catch { throw .interrupted }
  }
}
