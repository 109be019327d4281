internal import Catchment

/// A follower whose connection ends at a call: what happens when a publication is cut there.
struct CutFollower: Follower {
  let follower: any Follower
  /// How many calls are answered before the end.
  let calls: Int

  var name: String { follower.name }
  var location: String { follower.location }
  var adopts: Bool { follower.adopts }

  func connect() throws(CatchmentError) -> any FollowerSession {
    CutSession(try follower.connect(), calls)
  }
}

private final class CutSession: FollowerSession {
  private let session: any FollowerSession
  private var left: Int

  init(_ session: any FollowerSession, _ calls: Int) {
    self.session = session
    left = calls
  }

  private func count() throws(CatchmentError) {
    left -= 1
    guard left < 0 else { return }
    session.close()
    throw CatchmentError(.destinationUnavailable, "cut")
  }

  func begin() throws(CatchmentError) {
    try count()
    try session.begin()
  }

  func publication() throws(CatchmentError) -> Publication? {
    try count()
    return try session.publication()
  }

  func prepare(_ tables: [FollowerTable]) throws(CatchmentError) {
    try count()
    try session.prepare(tables)
  }

  func fingerprints(
    of table: FollowerTable, _ body: (RowFingerprint) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    try count()
    try session.fingerprints(of: table, body)
  }

  func remove(
    from table: FollowerTable, where column: FollowerTable.Column, in values: Chunks,
    orMissing: Bool
  ) throws(CatchmentError) -> Int {
    try count()
    return try session.remove(from: table, where: column, in: values, orMissing: orMissing)
  }

  /// Cut in the middle of the rows, when there is a middle.
  func write(_ rows: Chunks, to table: FollowerTable) throws(CatchmentError) -> Int {
    try count()
    return try session.write(
      { () throws(CatchmentError) in
        let chunk = try rows()
        if left == 0, chunk == nil { throw CatchmentError(.destinationUnavailable, "cut") }
        return chunk
      }, to: table)
  }

  func commit(_ publication: Publication) throws(CatchmentError) {
    try count()
    try session.commit(publication)
  }

  func versions() throws(CatchmentError) -> [AppliedVersion] {
    try count()
    return try session.versions()
  }

  func migrate(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) {
    try count()
    try session.migrate(migration, direction)
  }

  func backUp(_ version: SchemaVersion, dump: String?) throws(CatchmentError) -> String {
    try count()
    return try session.backUp(version, dump: dump)
  }

  func close() { session.close() }
}
