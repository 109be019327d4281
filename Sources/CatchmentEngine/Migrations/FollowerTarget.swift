internal import Catchment

/// A warehouse that follows a home as something that can be migrated.
///
/// Each call has a connection of its own, for a migration is a transaction.
struct FollowerTarget: MigrationTarget {
  let follower: any Follower
  /// A file that keeps everything as it is, made by a person.
  let dump: String?

  var name: String { follower.location }

  func versions() throws(CatchmentError) -> [AppliedVersion] {
    try withSession { (session) throws(CatchmentError) in try session.versions() }
  }

  func backUp(_ version: SchemaVersion) throws(CatchmentError) -> String {
    try withSession { (session) throws(CatchmentError) in
      try session.backUp(version, dump: dump)
    }
  }

  func apply(
    _ migration: Migration, _ direction: Migration.Direction
  ) throws(CatchmentError) {
    try withSession { (session) throws(CatchmentError) in
      try session.begin()
      try session.migrate(migration, direction)
    }
  }

  private func withSession<R>(
    _ body: (any FollowerSession) throws(CatchmentError) -> R
  ) throws(CatchmentError) -> R {
    let session = try follower.connect()
    defer { session.close() }
    return try body(session)
  }
}
