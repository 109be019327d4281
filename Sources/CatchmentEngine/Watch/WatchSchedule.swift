/// When an import is due: soon after something changed, and not too soon after the last one.
///
/// Times are seconds on any one clock that never goes back.
struct WatchSchedule {
  /// From the beginning of one import to the beginning of the next, at least.
  var interval: Double
  /// From the first change to the import, so that what is written together is read together.
  var settling: Double
  /// From the end of one attempt that had to wait to the next, at first and at most.
  var patience = (first: 0.5, most: 30.0)

  /// The next import's moment: of the first one at once, later nil until something changes.
  private(set) var due: Double? = -.infinity
  private var lastBegan: Double?
  private var pauses = 0

  init(interval: Double, settling: Double) {
    self.interval = interval
    self.settling = settling
  }

  /// Something changed.
  ///
  /// What changes later does not put the import off, however often it changes.
  mutating func noteChange(at now: Double) {
    let soonest = now + min(settling, interval)
    due = due ?? max(soonest, (lastBegan ?? -.infinity) + interval)
  }

  /// The import begins; what changes from now on is for the next one.
  mutating func begin(at now: Double) {
    due = nil
    lastBegan = now
  }

  /// The import came to its end.
  mutating func succeed() { pauses = 0 }

  /// The import could not be done now: it is tried again, each time after twice as long.
  mutating func postpone(at now: Double) {
    due = now + min(patience.first * Double(1 << min(pauses, 20)), patience.most)
    pauses += 1
  }
}
