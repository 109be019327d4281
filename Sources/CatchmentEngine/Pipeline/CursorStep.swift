internal import Catchment
internal import DuckDB
internal import Foundation

/// How far a unit's rows have been loaded: the greatest value of the cursor's column, and which rows are
/// at that value.
///
/// It is committed with the rows, in the destination's words an opaque text.
struct CursorMark: Codable {
  /// As text; nil before any row had one.
  var value: String?
  /// The type of the column, as SQL writes it.
  var type: String
  /// How many rows of each hash have been loaded that are at the value or have none.
  var ties: [String: Int]

  init(value: String?, type: String, ties: [String: Int]) {
    self.value = value
    self.type = type
    self.ties = ties
  }

  /// Throws `damaged` for a text that is none.
  init(_ text: String) throws(CatchmentError) {
    do { self = try JSONDecoder().decode(CursorMark.self, from: Data(text.utf8)) } catch {
      throw CatchmentError(
        .damaged, "the cursor that the destination keeps is damaged",
        hint: "load everything anew, with --full-refresh", cause: "\(error)")
    }
  }

  /// Of a unit that was loaded with a cursor; nil for any other.
  init?(of unit: CommittedUnit?) throws(CatchmentError) {
    guard let text = unit?.cursor else { return nil }
    try self.init(text)
  }

  func text() throws(CatchmentError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
      throw CatchmentError(.failed, "the cursor cannot be written", cause: "\(error)")
    }
  }
}

/// Leaves the rows of a unit that no earlier run has loaded.
struct CursorStep {
  let cursor: PipelineCursor
  /// Of the last load; nil before the first.
  let mark: CursorMark?
  /// Whether rows that were loaded before would be added a second time.
  let isAdding: Bool
  let bench: Workbench

  /// The new rows, and the mark that goes with them.
  func apply(to rows: Relation) throws(CatchmentError) -> (rows: Relation, mark: CursorMark) {
    let column = try rows.column(named: cursor.column, for: "cursor")
    let name = SQL.identifier(column.name)
    try checkSince(column.type)
    try checkNulls(rows, name)
    let wanted = try bench.table(
      """
      SELECT *, md5(json_array(\(rows.columnList))::VARCHAR) AS \(Self.hash),
        row_number() OVER () AS \(Self.place)
      FROM \(rows.sql) WHERE \(isWanted(name, column.type))
      """)
    let next = try next(wanted, name, column.type)
    let fresh = try bench.table(
      """
      SELECT * EXCLUDE (\(Self.hash), \(Self.place)) FROM \(wanted.sql)
      WHERE \(Self.place) NOT IN (\(loaded(wanted, name, column.type)))
      ORDER BY \(Self.place)
      """)
    return (fresh, next)
  }

  // No column of a database or a file is likely to be called so.
  private static let hash = SQL.identifier("catchment: hash")
  private static let place = SQL.identifier("catchment: place")

  /// What a person gave for one run must be of the column's type, and nothing may be doubled by it.
  private func checkSince(_ type: LogicalType) throws(CatchmentError) {
    guard let since = cursor.since?.description else { return }
    let mark = mark?.value.map { literal($0, type) } ?? "NULL"
    let cast = "TRY_CAST(\(SQL.literal(since)) AS \(type))"
    let found = try bench.query("SELECT \(cast) IS NULL, coalesce(\(cast) <= \(mark), false)")
    guard found.first?.first?.boolean == false else {
      throw CatchmentError(
        .usage, "--since is \(since), and the values of \(cursor.column) are of \(type)",
        hint: "write it as the column's values are")
    }
    guard isAdding, found.first?.last?.boolean == true else { return }
    throw CatchmentError(
      .refused,
      "rows from \(since) on were loaded before, up to \(self.mark?.value ?? ""), and would be "
        + "added a second time",
      hint: "load with mode: merge, begin after that, or replace all with --full-refresh")
  }

  private func checkNulls(_ rows: Relation, _ name: String) throws(CatchmentError) {
    guard cursor.nulls == .fail else { return }
    let found = try bench.query("SELECT count(*) FROM \(rows.sql) WHERE \(name) IS NULL")
    let count = found.first?.first?.int64 ?? 0
    guard count == 0 else {
      throw CatchmentError(
        .validation,
        "\(count) rows have no value in the cursor's column \(cursor.column); nothing of them was "
          + "loaded",
        hint: "say what becomes of them: nulls: include, or nulls: skip")
    }
  }

  private func literal(_ text: String, _ type: LogicalType) -> String {
    "CAST(\(SQL.literal(text)) AS \(type))"
  }

  private func isWanted(_ name: String, _ type: LogicalType) -> String {
    let bound = cursor.bound(after: mark)?.value
    let isReached = bound.map { "\(name) >= \(literal($0, type))" } ?? "\(name) IS NOT NULL"
    return cursor.nulls == .include ? "(\(isReached) OR \(name) IS NULL)" : isReached
  }

  /// A query for the places of rows that were loaded: as many of each hash as were.
  private func loaded(_ rows: Relation, _ name: String, _ type: LogicalType) -> String {
    guard let mark, !mark.ties.isEmpty else { return "SELECT NULL::BIGINT WHERE false" }
    let ties = mark.ties.map { "(\(SQL.literal($0.key)), \($0.value))" }.joined(separator: ", ")
    // Those of a value are asked for again by --since; those without one are loaded once all the same.
    let value = cursor.since == nil ? mark.value : nil
    let isTie = value.map { "\(name) = \(literal($0, type)) OR " } ?? ""
    return """
      SELECT place FROM (
        SELECT \(Self.place) AS place, \(Self.hash) AS hash,
          row_number() OVER (PARTITION BY \(Self.hash) ORDER BY \(Self.place)) AS number
        FROM \(rows.sql) WHERE \(isTie)\(name) IS NULL) AS tie
      JOIN (VALUES \(ties)) AS known(hash, copies) ON tie.hash = known.hash
      WHERE number <= copies
      """
  }

  private func next(
    _ rows: Relation, _ name: String, _ type: LogicalType
  ) throws(CatchmentError) -> CursorMark {
    let greatest = try bench.query("SELECT max(\(name))::VARCHAR FROM \(rows.sql)")
    let value = try furthest(greatest.first?.first?.text, type)
    let isTie = value.map { "\(name) = \(literal($0, type)) OR " } ?? ""
    let ties = try bench.query(
      """
      SELECT \(Self.hash), count(*) FROM \(rows.sql) WHERE \(isTie)\(name) IS NULL GROUP BY 1
      """)
    let counts = Dictionary(
      ties.map { ($0[0].text ?? "", Int($0[1].int64 ?? 0)) }, uniquingKeysWith: +)
    // Rows that are gone since may come back: what was loaded at the same value stays known.
    let isSame = value == mark?.value
    return CursorMark(
      value: value, type: "\(type)",
      ties: isSame ? counts.merging(mark?.ties ?? [:], uniquingKeysWith: max) : counts)
  }

  /// A run that looked at other rows does not take the cursor back.
  private func furthest(
    _ greatest: String?, _ type: LogicalType
  ) throws(CatchmentError) -> String? {
    guard let greatest, let mark = mark?.value, cursor.since != nil else {
      return greatest ?? mark?.value
    }
    let values = try bench.query(
      "SELECT greatest(\(literal(greatest, type)), \(literal(mark, type)))::VARCHAR")
    return values.first?.first?.text
  }
}

extension PipelineCursor {
  /// Which rows are wanted after those that were loaded; nil for all.
  func bound(after mark: CursorMark?) -> CursorBound? {
    let isOurs = since == nil && mark?.value != nil
    guard let value = since?.description ?? mark?.value ?? start?.description else { return nil }
    return CursorBound(
      column: column, value: value, type: isOurs ? mark?.type : nil, includesNulls: nulls != .skip)
  }
}
