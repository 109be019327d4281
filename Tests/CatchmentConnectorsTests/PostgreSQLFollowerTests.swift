import Catchment
import CatchmentConnectors
import CatchmentTesting
import Testing

@Suite(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
struct `A PostgreSQL schema that follows a home` {
  @Test(arguments: FollowerContract.Promise.allCases)
  func `keeps the follower contract`(promise: FollowerContract.Promise) async throws {
    let server = PostgreSQLServer()
    try await FollowerContract(
      make: { place, adopts in
        try PostgreSQLFollower(url: server.url("_\(place)\(adopts ? "&adopt=yes" : "")"))
      },
      rows: { place, sql in try server.rows(sql, in: "_\(place)") }, isEscaped: true
    ).check(promise)
  }
}
