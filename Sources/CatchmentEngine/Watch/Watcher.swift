public import Catchment
public import Logging

/// Imports again whenever something changes under some places, until its task is cancelled.
///
/// Each pass is an import like any other, over all the places: what it promises, this promises. The
/// warehouse is open only while a pass runs.
///
/// ```swift
/// let watcher = Watcher(home: home, sources: Catalogue.sources)
/// try await watcher.run(["/home/me/.claude/projects"]) { event in print(event) }
/// ```
public struct Watcher: Sendable {
  /// How patient it is.
  public struct Options: Sendable {
    /// Seconds from the beginning of one import to that of the next, at least.
    public var interval = 10.0
    /// Seconds from the first change to the import; a shorter interval makes it shorter.
    public var settling = 1.0
    /// Seconds between two looks at places of whose changes the system tells nothing, at least.
    public var pollInterval = 10.0
    /// Seconds after which everything is looked at although nothing seems to have changed.
    public var sweepInterval = 900.0

    /// An import every ten seconds at most.
    public init() {}
  }

  /// What happened.
  public enum Event: Sendable {
    /// It watches so many directories; some places it looks at now and then, for the reason given.
    case watching(directories: Int, polled: [String], reason: String?)
    /// An import came to its end.
    case imported(ImportReport)
    /// An import could not be done now and is tried again after so many seconds.
    case postponed(CatchmentError, seconds: Double)
  }

  private let home: Home
  private let sources: SourceSet
  private let importing: Importer.Options
  private let options: Options
  private let logger: Logger

  /// Opens nothing; the home is made by the first import.
  public init(
    home: Home, sources: SourceSet, importing: Importer.Options = .init(),
    options: Options = .init(), logger: Logger = .silent
  ) {
    self.home = home
    self.sources = sources
    self.importing = importing
    self.options = options
    self.logger = logger
  }

  /// Imports what is there and then what changes.
  ///
  /// Ends by throwing: `interrupted` when its task was cancelled, after a clean commit; `locked`
  /// when another process watches for this home already; and what no waiting mends. A place that
  /// is not there is watched for.
  public func run(
    _ roots: [String], tell: @Sendable (Event) -> Void
  ) async throws(CatchmentError) {
    try Directory.create(home.path)
    let lock = try HomeLock(watching: home)
    defer { lock.release() }
    guard let waiter = Waiter() else {
      throw .system("open a pipe", home.path, code: .failed)
    }
    let places = WatchedPlaces(
      roots.map(Self.absolute), sources: sources.all, pollInterval: options.pollInterval)
    var watch = Watch(watcher: self, roots: roots, places: places, waiter: waiter)
    try await watch.run(tell)
  }

  /// A path that need not exist, from the root on, as far as it exists without links.
  static func absolute(_ path: String) -> String {
    if let real = FileWalk.absolute(path) { return real }
    let parent = Directory.parent(of: path)
    guard parent != path, parent != "." || path.contains("/") else {
      return "\(FileWalk.absolute(".") ?? "")/\(path)"
    }
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    return "\(absolute(parent) == "/" ? "" : absolute(parent))/\(name)"
  }

  fileprivate func importer() -> Importer {
    Importer(home: home, sources: sources, options: importing, logger: logger)
  }

  /// One watch, from its beginning to its end.
  private struct Watch {
    /// Notices are not taken more often than this many times a second: many come at once.
    private static let restfulness = 0.25

    let watcher: Watcher
    let roots: [String]
    let places: WatchedPlaces
    let waiter: Waiter
    var schedule: WatchSchedule
    var nextPoll = Double.infinity
    /// How many places the user was told are polled; -1 before anything was said.
    var toldPolled = -1
    var nextSweep: Double

    init(watcher: Watcher, roots: [String], places: WatchedPlaces, waiter: Waiter) {
      self.watcher = watcher
      self.roots = roots
      self.places = places
      self.waiter = waiter
      let options = watcher.options
      schedule = WatchSchedule(interval: options.interval, settling: options.settling)
      nextSweep = Clock.steady() + options.sweepInterval
    }

    mutating func run(_ tell: (Event) -> Void) async throws(CatchmentError) {
      while true {
        guard !Task.isCancelled else { throw .interrupted }
        look()
        explain(tell)
        let now = Clock.steady()
        if let due = schedule.due {
          if due <= now {
            try await importOnce(tell)
          } else {
            _ = await waiter.wait(for: nil, seconds: due - now)
          }
        } else {
          let moment = min(nextPoll, nextSweep)
          if await waiter.wait(for: places.descriptor, seconds: moment - now) {
            look()
            if schedule.due == nil { _ = await waiter.wait(for: nil, seconds: Self.restfulness) }
          }
        }
      }
    }

    /// Says how changes are noticed, at the beginning and when that is no longer so.
    private mutating func explain(_ tell: (Event) -> Void) {
      guard places.polled.count != toldPolled else { return }
      toldPolled = places.polled.count
      tell(
        .watching(
          directories: places.directories, polled: places.polled, reason: places.reasonToPoll))
    }

    /// Looks whether something changed, wherever it is time to.
    private mutating func look() {
      if places.takeChanges() { schedule.noteChange(at: Clock.steady()) }
      let now = Clock.steady()
      if now >= nextSweep {
        places.rearm()
        nextSweep = now + watcher.options.sweepInterval
        schedule.noteChange(at: now)
      }
      guard let pause = places.pollPause else { return }
      if now >= nextPoll, places.pollChanged() { schedule.noteChange(at: now) }
      if now >= nextPoll || nextPoll == .infinity { nextPoll = now + pause }
    }

    private mutating func importOnce(_ tell: (Event) -> Void) async throws(CatchmentError) {
      schedule.begin(at: Clock.steady())
      do throws(CatchmentError) {
        let report = try await watcher.importer().run(roots)
        schedule.succeed()
        tell(.imported(report))
      } catch {
        guard Self.isMendedByWaiting(error) else { throw error }
        let now = Clock.steady()
        schedule.postpone(at: now)
        let pause = (schedule.due ?? now) - now
        watcher.logger.warning(
          "import postponed", metadata: ["code": "\(error.code)", "seconds": "\(pause)"])
        tell(.postponed(error, seconds: pause))
      }
    }

    /// Another run that writes ends some time, and so may a full disk.
    private static func isMendedByWaiting(_ error: CatchmentError) -> Bool {
      [.locked, .sourceUnavailable, .destinationUnavailable].contains(error.code)
    }
  }
}
