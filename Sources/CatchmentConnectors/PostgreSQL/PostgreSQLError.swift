internal import Catchment

extension CatchmentError {
  private static let again = "what was imported is in the home: run the same command again"

  private static let pastLimit = "54000"

  /// Whether the server refused something that is larger than it can hold.
  var isPastLimit: Bool { cause?.hasSuffix("(SQLSTATE \(Self.pastLimit))") == true }

  /// No connection came about.
  static func postgreSQL(unreachable message: String, _ url: PostgreSQLURL) -> CatchmentError {
    let refusals = ["authentication failed", "no password supplied", "does not exist", "invalid"]
    guard !refusals.contains(where: message.contains) else {
      return CatchmentError(
        .configuration, "\(url.shown) refuses the connection",
        hint:
          "check the user and the database in the URL; give a password by PGPASSWORD or ~/.pgpass",
        cause: message)
    }
    return CatchmentError(
      .destinationUnavailable, "\(url.shown) cannot be reached",
      hint: "see that the server runs and lets this machine in; \(again)", cause: message)
  }

  /// The server refused something, or is gone.
  static func postgreSQL(
    state: String?, message: String, isOpen: Bool, _ url: PostgreSQLURL
  ) -> CatchmentError {
    switch state {
    case "55P03":
      return CatchmentError(
        .locked, "another run is publishing to \(url.shown)",
        hint: "wait until it is done; \(again)")
    case "42501", "25006":
      return CatchmentError(
        .configuration, "\(url.shown) may not be written to by this user",
        hint: "grant it the schema \(url.schema), or name another with ?schema=NAME", cause: message
      )
    case "53100":
      return CatchmentError(
        .destinationUnavailable, "no space is left in \(url.shown)",
        hint: "free some space there; \(again)", cause: message)
    case .some(Self.pastLimit) where isOpen:
      return CatchmentError(
        .destinationUnavailable, "\(url.shown) cannot hold a value",
        hint: "when it is an index that cannot, drop that: it is left out from then on; \(again)",
        cause: "\(message) (SQLSTATE \(Self.pastLimit))")
    case .some(let state) where isOpen && (state.hasPrefix("22") || state.hasPrefix("23")):
      return CatchmentError(
        .validation, "the rows do not fit the table in \(url.shown); nothing was loaded",
        hint: "leave them out or correct them in a step, or load into another table",
        cause: "\(message) (SQLSTATE \(state))")
    // A table, a column or a function that is not there, or no SQL: it will be so the next time too.
    case .some(let state) where isOpen && state.hasPrefix("42"):
      return CatchmentError(
        .configuration, "\(url.shown) refused",
        hint: "see that the tables and columns that are named are there, and that a query is one",
        cause: "\(message) (SQLSTATE \(state))")
    case .some(let state) where isOpen:
      return CatchmentError(
        .destinationUnavailable, "\(url.shown) refused", hint: again,
        cause: "\(message) (SQLSTATE \(state))")
    default:
      return CatchmentError(
        .destinationUnavailable, "the connection to \(url.shown) was cut; nothing was published",
        hint: "see that the server runs; \(again)", cause: message)
    }
  }
}
