import Foundation
import Testing

/// Of every table, a number that does not depend on the order of its rows.
enum TableSums {
  /// What differs between two imports of the same files is left out.
  private static let tables = [
    "conversations": "imported_at", "messages": "", "tool_calls": "", "summaries": "",
    "dead_letters": "run, attempts, created_at", "catchment.raw_records": "run",
    "conversation_duplicates": "run, decided_at",
    "catchment.units": "imported_at",
  ]

  static func of(_ home: String) throws -> [String: String] {
    var sums: [String: String] = [:]
    for (table, left) in tables {
      let columns = left.isEmpty ? "*" : "* EXCLUDE (\(left))"
      let query = """
        SELECT count(*)::VARCHAR || ' rows, ' || coalesce(sum(hash(r)), 0)::VARCHAR
        FROM (SELECT \(columns) FROM \(table)) r
        """
      let outcome = try Program.run(["sql", "--home", home, "--format", "csv", query])
      #expect(outcome.status == 0, "\(outcome.errors)")
      sums[table] = outcome.output
    }
    return sums
  }
}
