internal import Catchment
internal import Crypto
internal import DuckDB

extension Warehouse {
  /// Makes the views that are missing or were made of another text.
  ///
  /// A view's comment says what its rows are, and in brackets which text it was made of; so an import
  /// that finds nothing new writes nothing.
  static func refresh(_ views: [View], _ connection: Connection) throws(DuckDBError) {
    guard !views.isEmpty else { return }
    let found = try connection.query(
      """
      SELECT view_name, comment FROM duckdb_views()
      WHERE database_name = '\(catalog)' AND schema_name = 'main' AND NOT internal
      """
    ).rows()
    let comments = Dictionary(
      found.map { ($0[0].text ?? "", $0[1].text ?? "") }, uniquingKeysWith: { first, _ in first })
    guard views.contains(where: { comments[$0.name] != $0.comment }) else { return }
    let statements = views.map { view in
      """
      CREATE OR REPLACE VIEW main.\(view.name) AS \(view.query);
      COMMENT ON VIEW main.\(view.name) IS \(SQL.literal(view.comment));
      """
    }
    try connection.execute("BEGIN;\n\(statements.joined(separator: "\n"))\nCOMMIT")
  }
}

extension View {
  fileprivate var comment: String {
    let digest = SHA256.hash(data: Array(query.utf8)).prefix(6)
    return "\(meaning) [\(Hex.text(Array(digest)))]"
  }
}
