public import Catchment

/// A schema of a PostgreSQL database, of version 12 or newer.
///
/// ```
/// postgresql://me@db.example.org/team?schema=talks
/// ```
///
/// The URL is libpq's, with two parameters more: `schema`, where the tables are (default `public`),
/// and `adopt=yes`, by which a home takes over what another one published. Passwords are libpq's
/// matter: `PGPASSWORD`, `~/.pgpass`, a service. One that is in the URL is used and never shown.
public struct PostgreSQLFollower: Follower {
  let url: PostgreSQLURL
  public var name: String { "postgresql" }
  public var location: String { url.shown }
  public var adopts: Bool { url.adopts }

  private let patience: Int

  /// Waits so many seconds for another publication to end.
  ///
  /// Throws `configuration` when the URL cannot be understood.
  public init(url: String, patience: Int = 15) throws(CatchmentError) {
    self.url = try PostgreSQLURL(url)
    self.patience = patience
  }

  public func connect() throws(CatchmentError) -> any FollowerSession {
    PostgreSQLSession(try PostgreSQLConnection(url), url, patience: patience)
  }
}
