internal import Catchment
internal import DuckDB

/// Fetches the units of a source that lie on servers, before any of them is read.
///
/// What came stays in the home's folder of downloads until it is kept, so a run that is killed, and run
/// again, fetches the rest alone.
struct FetchStage {
  private let source: any FetchedSource
  private let folder: String
  private var fetched: [UUIDBytes: Result<FetchedUnit, CatchmentError>] = [:]

  /// Nil when the units are no files on servers.
  ///
  /// - Parameter folder: what came is put there.
  init?(_ source: any TableSource, into folder: String) {
    guard let source = source as? any FetchedSource, source.isRemote else { return nil }
    self.source = source
    self.folder = folder
  }

  private func file(of unit: Unit) -> String { "\(folder)/\(unit.id)" }

  mutating func run(_ units: [Unit]) async throws(CatchmentError) {
    guard !units.isEmpty else { return }
    try Directory.create(folder)
    try sweep()
    let results = await source.fetch(units.map { UnitFetch($0, to: file(of: $0)) })
    guard !Task.isCancelled else { throw .interrupted }
    for (unit, result) in zip(units, results) { fetched[unit.id] = result }
  }

  private static let longestStay: Int64 = 7 * 86_400 * 1_000_000_000

  /// Removes what nobody went on with for a week.
  private func sweep() throws(CatchmentError) {
    for name in try Directory.entries(of: folder) {
      let path = "\(folder)/\(name)"
      let modified = Unit.Fingerprint.current(of: path)?.modified ?? .max
      if modified < Clock.now() * 1_000 - Self.longestStay { try Directory.remove(path) }
    }
  }

  /// How many bytes came.
  var received: Int64 {
    fetched.values.reduce(0) { sum, result in
      if case .success(let unit) = result { sum + unit.received } else { sum }
    }
  }

  /// A unit that was fetched, and the file that it is in; throws what it failed with.
  func unit(_ unit: Unit) throws(CatchmentError) -> (FetchedUnit, path: String)? {
    guard let result = fetched[unit.id] else { return nil }
    return (try result.get(), file(of: unit))
  }

  /// Forgets what came of a unit, once it is kept.
  func remove(_ unit: Unit) throws(CatchmentError) {
    for ending in ["", ".version"] { try Directory.remove(file(of: unit) + ending) }
  }
}
