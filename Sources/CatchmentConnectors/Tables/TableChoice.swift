internal import Catchment

/// What is read of a database: a table, or what a query gives.
struct TableChoice: Sendable, Hashable {
  static let tableSummary = "The table or view to read; or give a query."
  static let querySummary = "A query whose rows are read, in the database's own SQL."

  var table: String?
  var query: String?

  func check() throws(OptionError) {
    if table == nil, query == nil { throw OptionError("needs a table or a query to read") }
    if table != nil, query != nil { throw OptionError("has a table and a query; give one of them") }
  }

  /// What stands for it at the end of a unit's path.
  var name: String { table ?? "query" }

  /// What stands after FROM.
  ///
  /// - Parameters:
  ///   - limit: how many rows are wanted; nil for all.
  ///   - sql: how SQL names the table.
  func from(limit: Int?, _ sql: (String) -> String) -> String {
    let rows = query.map(Self.nested) ?? sql(table ?? "")
    return limit.map { "(SELECT * FROM \(rows) AS rows LIMIT \($0))" } ?? rows
  }

  /// A comment may stand at the end.
  private static func nested(_ query: String) -> String {
    let text = query.reversed().drop { $0.isWhitespace || $0 == ";" }.reversed()
    return "(\(String(text))\n)"
  }

  /// There is no such table, or the query is wrong.
  func failure(of place: String, cause: String) -> CatchmentError {
    CatchmentError(
      .configuration,
      "\(place): \(table.map { "the table \"\($0)\"" } ?? "the query") cannot be read",
      hint: "check the name\(table == nil ? "s in it, and its SQL" : " and the schema")",
      cause: cause)
  }

  /// The one unit of it.
  func unit(of source: String, in place: String, _ fingerprint: Unit.Fingerprint) -> Unit {
    Unit(source: source, path: "\(place)#\(name)", fingerprint: fingerprint)
  }

  /// That of a database's file, whose log is called as the file is, with an ending.
  func discover(
    _ source: String, _ path: String, logEnding: String
  ) throws(CatchmentError) -> Discovery {
    guard let file = FileWalk.absolute(path), let found = Unit.Fingerprint.current(of: file) else {
      throw CatchmentError(
        .sourceUnavailable, "there is no file \(path)",
        hint: "check the path; it is taken from the directory you are in")
    }
    let fingerprint = found.including(logOf: file, called: logEnding)
    return Discovery(units: [unit(of: source, in: file, fingerprint)])
  }

  /// Names that the engine tells apart: it takes `A` for `a`, and none may be empty.
  static func distinct(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.enumerated().map { place, name in
      let base = name.isEmpty ? "column_\(place + 1)" : name
      var distinct = base
      var number = 0
      while !taken.insert(distinct.lowercased()).inserted {
        number += 1
        distinct = "\(base)_\(number)"
      }
      return distinct
    }
  }
}
