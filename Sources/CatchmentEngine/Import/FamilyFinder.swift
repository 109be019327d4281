internal import Catchment
internal import DuckDB

/// Finds which units belong together because they share records or name the same conversation.
///
/// Units of different sources are never derived together, whatever they share.
struct FamilyFinder {
  private let connection: Connection
  private let source: String
  private let keys: Appender

  init(_ connection: Connection, source: String) throws(DuckDBError) {
    self.connection = connection
    self.source = source
    try connection.execute(
      "CREATE OR REPLACE TEMP TABLE family_keys (unit_id UUID, identity UBIGINT)")
    keys = try Appender(connection, catalog: "temp", schema: "main", table: "family_keys")
  }

  /// Tells what a unit that will be derived again identifies itself by.
  ///
  /// Its own id is one of them: a unit that names nothing, such as a file that is damaged, is a
  /// family too.
  func add(_ unit: UUIDBytes, identities: some Sequence<UInt64>) throws(DuckDBError) {
    for identity in [unit.high ^ unit.low] + Array(identities) {
      keys.setUUID(0, unit)
      keys.set(1, identity)
      try keys.endRow()
    }
  }

  /// The families of the units that were added, each in a stable order; committed units that share
  /// something with them are members too.
  func families() throws(DuckDBError) -> [[UUIDBytes]] {
    try keys.close()
    try addCommittedRelatives()
    let result = try connection.stream(
      "SELECT DISTINCT identity, unit_id FROM family_keys ORDER BY identity, unit_id")
    var groups = UnitGroups()
    var last: (identity: UInt64, unit: UUIDBytes)?
    while let chunk = try result.next() {
      let (identities, units) = (chunk.column(0), chunk.column(1))
      for row in 0..<chunk.rowCount {
        let (identity, unit) = (identities.uint64(at: row), units.uuid(at: row))
        groups.add(unit)
        if let last, last.identity == identity { groups.join(last.unit, unit) }
        last = (identity, unit)
      }
    }
    return groups.groups()
  }

  /// Brings in what units that changed shared before, and committed units with what they share with
  /// others again, until there are no more.
  private func addCommittedRelatives() throws(DuckDBError) {
    while true {
      let added = try connection.query(
        """
        INSERT INTO family_keys
        SELECT k.unit_id, k.identity FROM catchment.identities k
        WHERE k.unit_id IN (
            SELECT unit_id FROM family_keys
            UNION ALL
            SELECT o.unit_id FROM catchment.identities o
            WHERE o.identity IN (SELECT identity FROM family_keys))
          AND k.unit_id IN (
            SELECT unit_id FROM catchment.units WHERE source = \(SQL.literal(source)))
          AND (k.unit_id, k.identity) NOT IN (SELECT (unit_id, identity) FROM family_keys)
        """)
      if added.rowsChanged == 0 { return }
    }
  }
}

/// Disjoint sets of units.
private struct UnitGroups {
  private var parents: [UUIDBytes: UUIDBytes] = [:]

  mutating func add(_ unit: UUIDBytes) {
    if parents[unit] == nil { parents[unit] = unit }
  }

  mutating func join(_ a: UUIDBytes, _ b: UUIDBytes) {
    let (first, second) = (root(a), root(b))
    if first != second { parents[max(first, second)] = min(first, second) }
  }

  mutating func groups() -> [[UUIDBytes]] {
    var members: [UUIDBytes: [UUIDBytes]] = [:]
    for unit in parents.keys.sorted() { members[root(unit), default: []].append(unit) }
    return members.keys.sorted().compactMap { members[$0] }
  }

  private mutating func root(_ unit: UUIDBytes) -> UUIDBytes {
    var top = unit
    while let parent = parents[top], parent != top { top = parent }
    parents[unit] = top
    return top
  }
}
