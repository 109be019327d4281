import ArgumentParser

/// What conversations are written as.
enum ExportFormat: String, CaseIterable, ExpressibleByArgument {
  case unified, jsonl, markdown, html, csv, parquet

  /// How DuckDB's COPY writes a table; nil for what is written a conversation at a time.
  var copyOptions: String? {
    switch self {
    case .jsonl: "FORMAT json"
    case .csv: "FORMAT csv, HEADER"
    case .parquet: "FORMAT parquet, COMPRESSION zstd"
    case .unified, .markdown, .html: nil
    }
  }
}
