internal import Catchment
internal import DuckDB

/// Rows in folders by the values of some columns: `year=2026/month=3`.
///
/// The folders are those of Hive, which DuckDB, Spark, Arrow and others read: a name and a value,
/// each with all but the plainest characters as `%2F`.
struct Partitions {
  /// More of them are hardly meant.
  static let most = 10_000
  /// The column with a part's number, which no file gets.
  private static let number = "\"catchment part\""
  /// What stands for no value.
  static let null = "__HIVE_DEFAULT_PARTITION__"

  /// A folder, and the number that its rows have.
  struct Part {
    let number: Int64
    let folder: String
  }

  let parts: [Part]
  private let rows: Relation
  private let columns: [Relation.Column]

  /// - Parameter names: the columns, the outermost folder's first.
  init(of relation: Relation, by names: [String], in bench: Workbench) throws(CatchmentError) {
    let kept = relation.columns.filter { !names.contains($0.name) }
    try Self.check(relation, names, kept)
    columns = kept
    let texts = names.map { "CAST(r.\(SQL.identifier($0)) AS VARCHAR)" }
    let values = names.indices.map { "\"catchment value \($0)\"" }
    let list = zip(texts, values).map { "\($0) AS \($1)" }.joined(separator: ", ")
    let known = try bench.table(
      """
      SELECT row_number() OVER (ORDER BY \(values.joined(separator: ", "))) AS \(Self.number), *
      FROM (SELECT DISTINCT \(list) FROM \(relation.sql) r)
      """)
    guard try bench.count(known) <= Self.most else {
      throw CatchmentError(
        .validation,
        "the rows have over \(Self.most) different values of \(names.joined(separator: ", "))",
        hint: "partition by something that has fewer, such as a month")
    }
    parts = try bench.query("FROM \(known.sql) ORDER BY 1").map { (row) throws(CatchmentError) in
      let folders = try zip(names, row.dropFirst()).map { (name, value) throws(CatchmentError) in
        try Self.folder(name, value.text)
      }
      return Part(number: row[0].int64 ?? 0, folder: folders.joined(separator: "/"))
    }
    // One after another, so that each is read without the others.
    let matches = zip(texts, values).map { "\($0) IS NOT DISTINCT FROM k.\($1)" }
    let order = relation.isHeld ? ", r.rowid" : ""
    rows = try bench.table(
      """
      SELECT r.*, k.\(Self.number) FROM \(relation.sql) r JOIN \(known.sql) k
      ON \(matches.joined(separator: " AND ")) ORDER BY k.\(Self.number)\(order)
      """)
  }

  private static func check(
    _ relation: Relation, _ names: [String], _ kept: [Relation.Column]
  ) throws(CatchmentError) {
    let all = relation.columns.map(\.name)
    if let unknown = names.first(where: { !all.contains($0) }) {
      throw CatchmentError(
        .configuration, "the rows have no column \(unknown) to partition by",
        hint: "their columns are \(all.joined(separator: ", "))")
    }
    guard !kept.isEmpty else {
      throw CatchmentError(
        .configuration, "every column is one to partition by: the files would have none",
        hint: "leave one out")
    }
  }

  /// SQL for the rows of a part: its values are in the folder's name and no more in the rows.
  func query(_ part: Part) -> String {
    """
    SELECT \(SQL.identifiers(columns.map(\.name))) FROM \(rows.sql)
    WHERE \(Self.number) = \(part.number)
    """
  }

  // MARK: Names

  private static func folder(
    _ name: String, _ value: String?
  ) throws(CatchmentError) -> String {
    let folder = "\(escaped(name))=\(value.map(text) ?? null)"
    guard folder.utf8.count <= 255 else {
      throw CatchmentError(
        .validation,
        "a value of \(name) is too long for the name of a folder: \(folder.prefix(60))…",
        hint: "partition by another column")
    }
    return folder
  }

  /// Text that looks like no value, and is some.
  private static func text(_ value: String) -> String {
    value == null ? "%5F\(null.dropFirst())" : escaped(value)
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        escaped.unicodeScalars.append(Unicode.Scalar(byte))
      default: escaped += "%\(Hex.text([byte]).uppercased())"
      }
    }
    return escaped
  }
}
