public import Catchment

/// The versions of the warehouse's tables, and the way from each to the next.
///
/// To change the tables, add a migration to the end of `all` and the same change to the table's
/// `TableSchema`: a column at its end, a new table as it is there. Tests compare the two. A new
/// warehouse is made by the same steps, so nothing else is to be done.
public enum WarehouseMigrations {
  /// The version that the first warehouses were made in.
  public static let baseline = SchemaVersion(1, 0, 0)

  /// In order; what is published here is never changed.
  public static let all: [Migration] = [machines, operations, duplicates]

  /// The version of the tables that this program writes.
  public static let newest = all.last?.version ?? baseline

  private static let machines = Migration(
    SchemaVersion(1, 1, 0), "The machine that each conversation comes from",
    [
      // Warehouses of 1.0.0 got this column without a version of its own.
      .column(.init("token", "BIGINT"), of: .catchment("runs"), stays: true),
      .column(.init("machine", "VARCHAR"), of: .catchment("units")),
      .column(.init("machine", "VARCHAR", isLinked: true), of: .main("conversations")),
      .table(EngineTables.home, .catchment, tracked: false),
      .view("conversation_places"),
    ])

  private static let operations = Migration(
    SchemaVersion(1, 2, 0), "The metrics of each run, and when dead letters were tried last",
    [
      .column(.init("metrics", "JSON"), of: .catchment("runs")),
      .column(
        .init("attempted_at", "TIMESTAMP WITH TIME ZONE", isVolatile: true),
        of: .main("dead_letters")),
    ])

  private static let duplicates = Migration(
    SchemaVersion(1, 3, 0), "Conversations that hold the same talk as another",
    [.table(EngineTables.duplicates, .main, tracked: false)]
      + EngineTables.ofDuplicates.map { .table($0, .catchment, tracked: false) }
      + ["unique_conversations", "counted_conversations", "counted_tool_calls"].map { .view($0) })
}
