public import Catchment
internal import DuckDB

/// What the tables hold, as one number a table that does not depend on the order of rows.
///
/// Columns that differ between two imports of the same data, such as the time of the import, are
/// left out.
public struct Checksums: Sendable, Equatable, CustomStringConvertible {
  /// Rows and checksum by table.
  public var tables: [String: Entry]

  /// What one table holds.
  public struct Entry: Sendable, Equatable {
    /// How many rows it has.
    public var rows: Int
    /// The sum of the rows' hashes in decimal digits, `0` for an empty table.
    ///
    /// DuckDB's `hash` gives it, so it is to be compared between warehouses read by the same
    /// version.
    public var sum: String
  }

  /// Reads a home's warehouse.
  public init(of home: Home, sources: SourceSet) throws(CatchmentError) {
    let warehouse = try Importer(home: home, sources: sources).openWarehouse()
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    tables = [:]
    for table in warehouse.tables + [EngineTables.duplicates] where table != EngineTables.units {
      do throws(DuckDBError) {
        tables[table.name] = try Self.entry(table, connection)
      } catch {
        throw .warehouse(error, warehouse.path)
      }
    }
  }

  private static func entry(
    _ table: TableSchema, _ connection: Connection
  ) throws(DuckDBError) -> Entry {
    let columns = table.columns.filter { !$0.isVolatile }.map(\.name).joined(separator: ", ")
    let row = try connection.query(
      """
      SELECT count(*), coalesce(sum(hash(r)), 0)::VARCHAR
      FROM (SELECT \(columns) FROM \(table.qualifiedName)) r
      """
    ).rows().first
    return Entry(rows: Int(row?[0].int64 ?? 0), sum: row?[1].text ?? "")
  }

  /// A line a table, by name: how many rows it has, and their sum.
  public var description: String {
    tables.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.rows) rows, \($0.value.sum)" }
      .joined(separator: "\n")
  }

  /// The tables in which two warehouses differ.
  public func differences(from other: Checksums) -> [String] {
    Set(tables.keys).union(other.tables.keys).filter { tables[$0] != other.tables[$0] }.sorted()
  }
}
