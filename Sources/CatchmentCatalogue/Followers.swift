public import Catchment
internal import CatchmentConnectors

extension Catalogue {
  /// The warehouses that can follow a home, by the scheme of their URLs, with how those are written.
  public static let warehouses = [
    "postgresql://user@host/database?schema=name", "sqlite:path", "duckdb",
  ]

  /// The warehouse that a URL names; nil for `duckdb`, which is the home's own and needs no other.
  ///
  /// Throws `configuration` when the URL names none that there is.
  public static func follower(_ url: String) throws(CatchmentError) -> (any Follower)? {
    switch url.prefix(while: { $0 != ":" }).lowercased() {
    case "duckdb" where url.count <= "duckdb:".count: nil
    case "postgresql", "postgres": try PostgreSQLFollower(url: url)
    case "sqlite": try SQLiteFollower(url: url)
    default:
      throw CatchmentError(
        .configuration, "this names no warehouse that Catchment can write to",
        hint: "write it as one of: \(warehouses.joined(separator: ", "))")
    }
  }
}
