internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The places an import looks at, and whether something in them may have changed.
///
/// Directories are watched first and listed then, so that what appears in between is not missed. Of
/// a place that is not there the nearest directory above it is watched until it appears.
final class WatchedPlaces {
  /// A directory that is watched, and why.
  private struct Place {
    var path: String
    /// Whether everything in it matters that the filter wants.
    var isWithinRoot = false
    /// Roots in it that are files.
    var files: Set<String> = []
    /// The beginnings of the way to roots that are not there.
    var ways: Set<String> = []
  }

  private let roots: [String]
  private let filter: WatchFilter
  private var notices: DirectoryNotices?
  private var places: [Int32: Place] = [:]
  private var databases: [String: Unit.Fingerprint] = [:]
  private var poll: PlacesPoll
  /// Why some places are looked at now and then, as a clause; nil when none is.
  private(set) var reasonToPoll: String?

  init(
    _ roots: [String], sources: [any Source], pollInterval: Double,
    notices: DirectoryNotices? = DirectoryNotices()
  ) {
    self.roots = roots
    filter = WatchFilter(sources: sources)
    poll = PlacesPoll(filter: filter, interval: pollInterval)
    self.notices = notices
    if notices == nil { pollEverything("the system gives no notices of changes here") }
    rearm()
    if !poll.roots.isEmpty { _ = poll.hasChanged() }
  }

  /// Becomes readable when `takeChanges` has something to look at; nil when everything is polled.
  var descriptor: Int32? { notices?.descriptor }
  var directories: Int { places.values.count { $0.isWithinRoot } }
  /// The places that are looked at now and then; for the others there are notices.
  var polled: [String] { poll.roots }
  /// Seconds until those must be looked at again; nil when there are none.
  var pollPause: Double? { poll.roots.isEmpty ? nil : poll.pause }

  /// Looks at the places without notices; tells whether something changed there.
  func pollChanged() -> Bool { !poll.roots.isEmpty && poll.hasChanged() }

  /// Takes what happened since; tells whether an import may find something.
  func takeChanges() -> Bool {
    guard let waiting = notices?.take() else { return false }
    var isChanged = false
    var isToRearm = false
    for notice in waiting {
      if notice.isOverflow {
        isToRearm = true
      } else if let place = places[notice.directory] {
        if notice.isEnd { places[notice.directory] = nil }
        if notice.isAboutItself || isOnTheWay(notice, in: place) { isToRearm = true }
        if isChange(notice, in: place) { isChanged = true }
      }
    }
    guard isToRearm else { return isChanged }
    rearm()
    return true
  }

  /// Watches everything that is there now, and nothing else.
  func rearm() {
    let before = places
    places.removeAll(keepingCapacity: true)
    var visited: Set<Int32> = []
    let mounts = FileText.read("/proc/self/mountinfo").map(Mounts.init)
    for root in roots where notices != nil {
      if let mounts, let real = FileWalk.absolute(root), mounts.isRemote(real) {
        reasonToPoll = "\(mounts.type(of: real) ?? "its file system") sends no notices of changes"
        if !poll.roots.contains(root) { poll.roots.append(root) }
      } else {
        watch(root: root, &visited)
      }
    }
    for number in before.keys where places[number] == nil { notices?.forget(number) }
  }

  private func pollEverything(_ reason: String) {
    notices = nil
    places.removeAll()
    reasonToPoll = reason
    poll.roots = roots
  }

  // MARK: Watching

  private func watch(root: String, _ visited: inout Set<Int32>) {
    guard let real = FileWalk.absolute(root) else { return watchWay(to: root, &visited) }
    watchAncestors(of: real)
    guard FileKind(real) != .directory else {
      _ = watchTree(real, &visited)
      return
    }
    let above = Directory.parent(of: real)
    guard let number = number(of: above) else { return }
    places[number, default: Place(path: above)].files.insert(Self.name(of: real))
  }

  /// When a directory above gets another name, nothing that is below has the place's path any more.
  private func watchAncestors(of path: String) {
    var above = Directory.parent(of: path)
    while above != "/", above != "." {
      if case .watched(let number)? = notices?.watch(above, .itself), places[number] == nil {
        places[number] = Place(path: above)
      }
      above = Directory.parent(of: above)
    }
  }

  /// The nearest directory above a place that is not there yet.
  private func watchWay(to root: String, _ visited: inout Set<Int32>) {
    var (above, name) = (Directory.parent(of: root), Self.name(of: root))
    while FileKind(above) != .directory, above != "/", above != "." {
      (above, name) = (Directory.parent(of: above), Self.name(of: above))
    }
    guard let number = number(of: above) else { return }
    places[number, default: Place(path: above)].ways.insert(name)
    watchAncestors(of: above)
    // Made since it was looked for.
    let next = above == "/" ? "/\(name)" : "\(above)/\(name)"
    if FileKind(next) == .directory || FileWalk.absolute(root) != nil {
      watch(root: root, &visited)
    }
  }

  private static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// A directory and all that it holds; tells whether there is a file that matters.
  ///
  /// Entered once, however many links lead to it: the kernel gives it the same number again.
  private func watchTree(_ path: String, _ visited: inout Set<Int32>) -> Bool {
    guard let number = number(of: path), visited.insert(number).inserted else { return false }
    var place = places[number] ?? Place(path: path)
    place.path = path
    place.isWithinRoot = true
    places[number] = place
    var isWanted = false
    for name in names(in: path) {
      let entry = "\(path)/\(name)"
      switch FileKind(entry) {
      case .directory:
        if watchTree(entry, &visited) { isWanted = true }
      case .file where filter.isWanted(entry):
        isWanted = true
        if FileKind(entry, isFollowingLinks: false) == .link { watchTarget(of: entry) }
      default: break
      }
    }
    return isWanted
  }

  private func watchNewTree(_ path: String) -> Bool {
    var visited: Set<Int32> = []
    return watchTree(path, &visited)
  }

  /// The kernel tells of a link's directory what becomes of the link, not of the file it leads to.
  private func watchTarget(of link: String) {
    guard case .watched(let number)? = notices?.watch(link, .file) else { return }
    if places[number] == nil { places[number] = Place(path: link, isWithinRoot: true) }
  }

  private func number(of path: String) -> Int32? {
    switch notices?.watch(path, .directory) {
    case .watched(let number): return number
    case .exhausted:
      pollEverything("the system allows no more watches (fs.inotify.max_user_watches)")
      return nil
    case .absent, nil: return nil
    }
  }

  /// A directory that cannot be listed is one whose files an import reports.
  private func names(in path: String) -> [String] {
    do throws(CatchmentError) { return try Directory.entries(of: path) } catch { return [] }
  }

  // MARK: What matters

  /// Whether a place that is looked for may have appeared, or gone.
  private func isOnTheWay(_ notice: DirectoryNotices.Notice, in place: Place) -> Bool {
    guard notice.isArrival || notice.isDeparture else { return false }
    return place.ways.contains(notice.name) || place.files.contains(notice.name)
  }

  private func isChange(_ notice: DirectoryNotices.Notice, in place: Place) -> Bool {
    guard !notice.isEnd else { return false }
    let path = notice.name.isEmpty ? place.path : "\(place.path)/\(notice.name)"
    if place.files.contains(notice.name) { return true }
    if let database = filter.database(ofLog: path) {
      return place.isWithinRoot || place.files.contains(Self.name(of: database))
        ? isNew(database) : false
    }
    guard place.isWithinRoot else { return false }
    guard !notice.isDirectory else {
      // One that could not be looked into may be open now.
      let mayBeNew = notice.isArrival || notice.isAttribute
      return notice.isDeparture || (mayBeNew && watchNewTree(path))
    }
    if notice.isArrival, FileKind(path, isFollowingLinks: false) == .link {
      return arrival(ofLink: path)
    }
    return filter.isWanted(path)
  }

  private func arrival(ofLink path: String) -> Bool {
    if FileKind(path) == .directory { return watchNewTree(path) }
    guard filter.isWanted(path) else { return false }
    watchTarget(of: path)
    return true
  }

  /// Whether a database is other than when its log was last touched: reading one may make an empty
  /// log and take it away.
  private func isNew(_ database: String) -> Bool {
    let now = Unit.Fingerprint.current(of: database)?.including(logOf: database)
    defer { databases[database] = now }
    return now != databases[database]
  }
}
