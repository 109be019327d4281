public import DuckDB

/// A migration in the words of a database that follows a home.
///
/// A follower has fewer tables than the home: neither the ledger nor the undo log. A table that it
/// lacks is not made: the next publication makes it, with its rows. The rows of a table that gets or
/// loses a column are no longer what their fingerprints say, so those are given up, and the note of
/// the last publication with them: the next one compares every row, and fills the column.
public struct FollowerScript {
  /// How a database writes what all of them can do.
  public struct Dialect {
    /// A table's name, qualified and in quotation marks.
    let table: (String) -> String
    /// A column's type.
    let type: (LogicalType) -> String
    /// The time at which the transaction runs, as an expression.
    let now: String
    /// Which of a text's wordings is its own.
    let wording: KeyPath<SQLText, String?>

    public init(
      now: String, wording: KeyPath<SQLText, String?>, table: @escaping (String) -> String,
      type: @escaping (LogicalType) -> String
    ) {
      self.table = table
      self.type = type
      self.now = now
      self.wording = wording
    }
  }

  private let dialect: Dialect
  private let found: [String: Set<String>]

  /// `found` are the tables that there are, with their columns.
  public init(_ dialect: Dialect, found: [String: Set<String>]) {
    self.dialect = dialect
    self.found = found
  }

  /// All that is run to go one way, in order.
  public func statements(_ migration: Migration, _ direction: Migration.Direction) -> [String] {
    let steps = migration.steps(direction)
    let own = steps.compactMap(statement)
    let changed = Set(steps.compactMap(\.columnOwner)).intersection(found.keys).sorted()
    return own + changed.map(giveUpFingerprints)
      + [note(migration, direction, own), giveUpPublication]
  }

  private func statement(_ step: Migration.Step) -> String? {
    switch step {
    case .addColumn(let column, let owner):
      guard let columns = found[owner.inFollowers], !columns.contains(column.name) else {
        return nil
      }
      let type = dialect.type(FollowerTable.Column(column).type)
      return "ALTER TABLE \(dialect.table(owner.inFollowers)) "
        + "ADD COLUMN \(SQL.identifier(column.name)) \(type)"
    case .dropColumn(let column, let owner):
      guard found[owner.inFollowers]?.contains(column) == true else { return nil }
      return "ALTER TABLE \(dialect.table(owner.inFollowers)) "
        + "DROP COLUMN \(SQL.identifier(column))"
    case .dropTable(let table, _): return "DROP TABLE IF EXISTS \(dialect.table(table.inFollowers))"
    case .createTable, .dropView: return nil
    case .run(let text): return text[keyPath: dialect.wording]
    }
  }

  private func giveUpFingerprints(of table: String) -> String {
    "UPDATE \(dialect.table(table)) SET \(FollowerTable.fingerprint.name) = -1"
  }

  /// Whose rows they are stays known.
  private var giveUpPublication: String {
    "DELETE FROM \(dialect.table("catchment_publication")) WHERE fact <> 'origin'"
  }

  private func note(
    _ migration: Migration, _ direction: Migration.Direction, _ script: [String]
  ) -> String {
    let table = dialect.table("schema_versions")
    let version = SQL.literal(migration.version.description)
    guard direction == .up else { return "DELETE FROM \(table) WHERE version = \(version)" }
    let text = script.map { "\($0);" }.joined(separator: "\n")
    return """
      INSERT INTO \(table) (version, applied_at, description, migration_script, \
      \(FollowerTable.fingerprint.name))
      VALUES (\(version), \(dialect.now), \(SQL.literal(migration.description)), \
      \(SQL.literal(text)), -1)
      """
  }
}

extension TableName {
  /// What followers call it: not every database has schemas.
  public var inFollowers: String { schema == .main ? name : "catchment_\(name)" }
}

extension Migration.Step {
  fileprivate var columnOwner: String? {
    switch self {
    case .addColumn(_, let owner), .dropColumn(_, let owner): owner.inFollowers
    default: nil
    }
  }
}
