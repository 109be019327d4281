internal import Catchment

/// Which files under the places that are watched matter.
struct WatchFilter {
  private static let logSuffix = "-wal"

  let sources: [any Source]

  /// Whether a file could hold records, or is the log of a database that could.
  func isWanted(_ path: String) -> Bool {
    if sources.contains(where: { $0.mayHold(path) }) { return true }
    return database(ofLog: path) != nil
  }

  /// The database whose write-ahead log this is, when it could hold records.
  func database(ofLog path: String) -> String? {
    guard path.hasSuffix(Self.logSuffix) else { return nil }
    let base = String(path.dropLast(Self.logSuffix.count))
    return sources.contains { $0.mayHold(base) } ? base : nil
  }
}
