import CPostgres
import CatchmentTesting
import Foundation

/// The real server that `./test` starts, and a plain client to look at it with.
struct PostgreSQLServer {
  /// Nil when there is none: tests that need it are then skipped.
  static let url = ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"]
  static var isThere: Bool { url != nil }

  /// A schema that no other test uses.
  let schema = "test_\(UUID().uuidString.prefix(8).lowercased())"

  /// The schema's URL, or that of one with a name that goes on.
  func url(_ place: String = "") -> String { "\(Self.url ?? "")?schema=\(schema)\(place)" }

  /// What the last of some statements gives, NULL being nil.
  @discardableResult
  func rows(_ sql: String, in place: String = "") throws -> [[String?]] {
    let client = PQconnectdb(Self.url ?? "")
    defer { PQfinish(client) }
    PQsetNoticeProcessor(client, { _, _ in }, nil)
    PQclear(PQexec(client, "SET search_path = \"\(schema)\(place)\"; SET TimeZone = 'UTC'"))
    let result = PQexec(client, sql)
    defer { PQclear(result) }
    guard [PGRES_TUPLES_OK, PGRES_COMMAND_OK].contains(PQresultStatus(result)) else {
      throw TestFailure("\(String(cString: PQerrorMessage(client))) of: \(sql)")
    }
    return (0..<PQntuples(result)).map { row in
      (0..<PQnfields(result)).map { column in
        PQgetisnull(result, row, column) == 1
          ? nil : String(cString: PQgetvalue(result, row, column))
      }
    }
  }
}
