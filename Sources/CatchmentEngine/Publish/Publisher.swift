internal import Catchment
internal import DuckDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Brings a follower to the home's state, in one transaction.
///
/// What changed since the follower's last publication is told by the undo log. When that cannot be
/// trusted, for runs were taken back or the tables made anew, every row is compared by its
/// fingerprint; and so it is when, after the changes, the follower does not hold what the home does.
struct Publisher {
  let follower: any Follower
  let home: Home
  let warehouse: Warehouse
  let connection: Connection
  let views: [View]

  /// Publishes what the follower lacks; writes nothing when that is nothing.
  func publish() throws(CatchmentError) -> PublicationReport {
    let began = Clock.steady()
    let session = try follower.connect()
    defer { session.close() }
    try session.begin()
    let last = try session.publication()
    if let last { try checkOrigin(of: last) }
    let tables = try check { () throws(DuckDBError) in
      try PublishedTables(warehouse, views, connection)
    }
    let state = try check { () throws(DuckDBError) in
      try HomeState(warehouse, views, tables, connection)
    }
    var report = PublicationReport(location: follower.location, kind: .unchanged)
    if let last, state.isPublished(in: last) {
      for table in tables.all {
        report.rows[table.table.name] = TableTotals.rows(of: table.table, in: last)
      }
    } else {
      try session.prepare(tables.all.map(\.table))
      let totals = try bring(session, to: state, since: last, tables, &report)
      try session.commit(publication(of: state, totals, tables))
      report.rows = totals.mapValues(\.rows)
    }
    report.seconds = Clock.steady() - began
    return report
  }

  private func bring(
    _ session: any FollowerSession, to state: HomeState, since last: Publication?,
    _ tables: PublishedTables, _ report: inout PublicationReport
  ) throws(CatchmentError) -> [String: TableTotals] {
    let canFollow = try check { () throws(DuckDBError) in
      guard let last else { return false }
      return try state.follows(last)
    }
    let transfer = Transfer(session: session, connection: connection, path: warehouse.path)
    if canFollow, let last {
      report.kind = .changes
      let changes = LoggedChanges(
        transfer: transfer, last: last,
        viewsChanged: ["views", "set_aside"].contains { state.facts[$0] != last.facts[$0] },
        warehouse: warehouse, views: views)
      let expected = try changes.apply(tables, &report)
      let found = try transfer.totals(of: tables)
      if Self.difference(expected, found) == nil { return found }
    }
    report.kind = .comparison
    let expected = try Comparison(transfer: transfer).apply(tables, &report)
    let found = try transfer.totals(of: tables)
    guard let table = Self.difference(expected, found) else { return found }
    throw CatchmentError(
      .destinationUnavailable,
      "\(follower.location) does not hold what the home does: table \(table) has "
        + "\(found[table]?.rows ?? 0) rows instead of \(expected[table]?.rows ?? 0), or others; "
        + "nothing was published",
      hint: "look for triggers or rules that change its rows, then run the same command again")
  }

  /// The first table of which a follower has not what is expected.
  private static func difference(
    _ expected: [String: TableTotals], _ found: [String: TableTotals]
  ) -> String? {
    expected.keys.sorted().first { name in
      guard let found = found[name] else { return true }
      return expected[name]?.agrees(with: found) != true
    }
  }

  // MARK: What is written down

  private func publication(
    of state: HomeState, _ totals: [String: TableTotals], _ tables: PublishedTables
  ) -> Publication {
    var facts = state.facts
    let now = Clock.now()
    facts["publication"] = RunID.make(now: now).text
    facts["origin"] = Self.origin(of: home)
    for table in tables.all {
      guard let total = totals[table.table.name] else { continue }
      facts.merge(total.facts(of: table.table)) { $1 }
    }
    return Publication(facts)
  }

  /// Two homes that publish into one place would take each other's rows out again and again.
  private func checkOrigin(of last: Publication) throws(CatchmentError) {
    let origin = Self.origin(of: home)
    guard let other = last.facts["origin"], other != origin, !follower.adopts else { return }
    throw CatchmentError(
      .refused, "\(follower.location) holds another home's tables: \(other)",
      hint:
        "name a place of its own for each home; or, when that home is gone, add adopt=yes to the "
        + "URL to replace its rows by this one's")
  }

  /// Tells homes apart: the machine and the directory.
  static func origin(of home: Home) -> String {
    "\(host):\(FileWalk.absolute(home.path) ?? home.path)"
  }

  private static var host: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func check<R>(_ body: () throws(DuckDBError) -> R) throws(CatchmentError) -> R {
    try warehouse.check(body)
  }
}
