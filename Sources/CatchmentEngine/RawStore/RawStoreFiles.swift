/// What the names of the raw store's files say, for queries that read them.
public enum RawStoreFiles {
  /// An SQL expression for the machine that a file's records come from, NULL for the home's own: as in
  /// `catchment.units.machine`.
  ///
  /// `column` is the file's name: what `read_parquet(…, filename = true)` calls `filename`.
  public static func machine(of column: String) -> String {
    "nullif(regexp_extract(\(column), '@([^/]*)/[^/]*$', 1), '')"
  }
}
