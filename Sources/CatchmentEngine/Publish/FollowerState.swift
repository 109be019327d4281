public import Catchment
public import DuckDB

/// How far a follower is behind its home.
public enum FollowerState: Sendable, Equatable {
  /// Nothing was published into it yet.
  case empty
  /// It has what the home has, in so many rows.
  case current(rows: Int)
  /// It lacks so many runs, or the home has been rolled back or rebuilt since.
  case behind(runs: Int)
  /// It has another home's rows.
  case stranger(String)

  /// Asks a follower; changes nothing, and waits for a publication that is going on.
  ///
  /// `connection` is to the home's warehouse. Throws when the follower cannot be asked.
  public init(
    of follower: any Follower, home: Home, _ connection: Connection
  ) throws(CatchmentError) {
    let session = try follower.connect()
    defer { session.close() }
    guard let last = try session.publication() else {
      self = .empty
      return
    }
    if let origin = last.facts["origin"], origin != Publisher.origin(of: home) {
      self = .stranger(origin)
      return
    }
    let ours: [String: String]
    do throws(DuckDBError) { ours = try HomeState.progress(connection) } catch {
      throw .warehouse(error, home.warehouse)
    }
    guard ours.allSatisfy({ last.facts[$0.key] == $0.value }) else {
      let (newest, published) = (ours["run"].flatMap { Int($0) }, HomeState.run(of: last))
      self = .behind(runs: max((newest ?? 0) - Int(published ?? 0), 0))
      return
    }
    let rows = last.facts.filter { $0.key.hasSuffix(".rows") }.values.compactMap { Int($0) }
    self = .current(rows: rows.reduce(0, +))
  }
}
