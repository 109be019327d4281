internal import Catchment

/// Looks at places now and then, where no notices of changes are to be had.
struct PlacesPoll {
  /// A look may take this share of the time between two looks.
  private static let share = 0.005

  var roots: [String] = []
  let filter: WatchFilter
  /// Seconds between two looks, at least.
  let interval: Double
  private var last: Int?
  /// What the last look took, in CPU seconds.
  private var cost = 0.0

  init(filter: WatchFilter, interval: Double) {
    self.filter = filter
    self.interval = interval
  }

  /// Seconds until the next look: so many that looking is no burden.
  var pause: Double { max(interval, cost / Self.share) }

  /// Whether something is other than when this was last asked.
  mutating func hasChanged() -> Bool {
    let began = ResourceUse.now.cpuSeconds
    var walk = FileWalk(isWanted: filter.isWanted)
    for root in roots { walk.visit(root: root) }
    var hasher = Hasher()
    for file in walk.files {
      hasher.combine(file.path)
      hasher.combine(file.fingerprint.including(logOf: file.path))
    }
    cost = ResourceUse.now.cpuSeconds - began
    let now = hasher.finalize()
    defer { last = now }
    return last != now
  }
}
