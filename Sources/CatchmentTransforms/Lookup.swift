public import Catchment
internal import DuckDB

/// Adds columns from another table, found by a key.
///
/// ```swift
/// .transform(.lookup("cities.csv", on: ["zip": "postcode"], columns: ["city", "canton"]))
/// ```
public struct Lookup: Transform, Configurable {
  /// What becomes of a row for which there is nothing to find.
  public enum Missing: String, OptionWord, Hashable {
    case keep, drop, reject
  }

  public static let kind = "lookup"
  public static let summary = "Adds columns from another table, found by a key."
  public static var options: [StepOption<Lookup>] {
    [
      .required(
        "from", \.path,
        "The file of the other table: .csv or .tsv, .json or .jsonl, .parquet, .duckdb."),
      .required(
        "on", \.keys, "The other table's column for each column of the rows that it must equal."),
      .optional("table", \.table, "The table, of a .duckdb file."),
      .optional("columns", \.columns, "The columns to add; all but the keys, when none is named."),
      .optional("prefix", \.prefix, "What the names of the added columns begin with."),
      .optional(
        "missing", \.missing,
        """
        What becomes of a row that finds nothing: keep leaves the columns NULL, drop leaves the row \
        out, reject makes a dead letter of it.
        """),
    ]
  }

  var path = ""
  var table = ""
  var keys = NamedValues<String>()
  var columns: [String] = []
  var prefix = ""
  var missing = Missing.keep

  public init() {}

  public mutating func locate(in directory: String) { path = Path.joined(path, to: directory) }

  public func check() throws(OptionError) {
    if keys.members.isEmpty {
      throw OptionError("needs columns to look up by, such as on: { id: id }")
    }
  }

  /// Throws `sourceUnavailable` when the file cannot be read, `validation` when several of its rows
  /// have the same key: a row would become several.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let other = try LookupTable(path, table).read(in: bench)
    let pairs = try keyPairs(input, other)
    let found = try prepared(other, pairs, in: bench)
    let added = try addedColumns(other, pairs, besides: input)
    let list =
      input.columns.map { "input.\(SQL.identifier($0.name))" }
      + added.enumerated().map {
        "found.value\($0) AS \(SQL.identifier($1.name))"
      }
    let matches = pairs.enumerated().map {
      "found.key\($0) = input.\(SQL.identifier($1.ours.name))"
    }.joined(separator: " AND ")
    let join = missing == .keep ? "LEFT JOIN" : "JOIN"
    let result = try Transformed(
      of: input,
      as: """
        SELECT \(list.joined(separator: ", "))
        FROM \(input.sql) AS input \(join) \(found.sql) AS found ON \(matches)
        """, in: bench)
    guard missing == .reject else { return result }
    let rule = Rejects.Rule(
      "NOT EXISTS (SELECT 1 FROM \(found.sql) AS found WHERE \(matches))", code: "not_found",
      column: pairs[0].ours.name, "is not in \(Path.name(of: path))")
    let refused = try Transformed(each: input, as: input.columnList, refusing: [rule], in: bench)
    return Transformed(result.rows, counts: refused.counts, rejects: refused.rejects)
  }

  private typealias Pair = (ours: Relation.Column, theirs: Relation.Column)

  private func keyPairs(
    _ input: Relation, _ other: Relation
  ) throws(CatchmentError) -> [Pair] {
    var pairs: [Pair] = []
    for member in keys.members {
      pairs.append(
        (
          try input.column(named: member.name, for: name),
          try other.column(named: member.value, for: "\(name) in \(path)")
        ))
    }
    return pairs
  }

  private func addedColumns(
    _ other: Relation, _ pairs: [Pair], besides input: Relation
  ) throws(CatchmentError) -> [(name: String, column: Relation.Column)] {
    let keys = pairs.map(\.theirs)
    let wanted =
      try columns.isEmpty
      ? other.columns.filter { !keys.contains($0) }
      : other.columns(named: columns, for: "\(name) in \(path)")
    let added = wanted.map { (name: prefix + $0.name, column: $0) }
    try Rename.refuseDuplicates(in: input.columns.map(\.name) + added.map(\.name), of: name)
    return added
  }

  /// Keys with the types of the rows' columns; what cannot be one is found by none.
  private func prepared(
    _ other: Relation, _ pairs: [Pair], in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let keys = pairs.enumerated().map {
      "TRY_CAST(\(SQL.identifier($1.theirs.name)) AS \($1.ours.type)) AS key\($0)"
    }
    let wanted =
      try columns.isEmpty
      ? other.columns.filter { column in !pairs.contains { $0.theirs == column } }
      : other.columns(named: columns, for: name)
    let values = wanted.enumerated().map { "\(SQL.identifier($1.name)) AS value\($0)" }
    let list = (keys + values).joined(separator: ", ")
    let present = pairs.indices.map { "key\($0) IS NOT NULL" }.joined(separator: " AND ")
    let table = try bench.table("SELECT * FROM (SELECT \(list) FROM \(other.sql)) WHERE \(present)")
    let names = pairs.indices.map { "key\($0)" }.joined(separator: ", ")
    let twice = try bench.query(
      """
      SELECT count(*) FROM (SELECT 1 FROM \(table.sql) GROUP BY \(names) HAVING count(*) > 1)
      """)
    guard twice == [[.integer(0)]] else {
      let columns = pairs.map(\.theirs.name).joined(separator: ", ")
      throw CatchmentError(
        .validation,
        "\(name): \(twice[0][0]) keys (\(columns)) stand in several rows of \(path)",
        hint: "look up by more columns, or leave one row for each key in the file")
    }
    return table
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        "Cities are found by their postcode; a row with an unknown one becomes a dead letter.",
        .lookup("cities.csv", on: ["zip": "postcode"], missing: .reject),
        input: """
          id | zip
          1  | 3000
          2  | 4000
          3  | 9999
          """,
        output: """
          id | zip  | city  | canton
          1  | 3000 | Bern  | BE
          2  | 4000 | Basel | BS
          """,
        rejects: """
          code      | column | value: VARCHAR | message
          not_found | zip    | 9999           | "9999" is not in cities.csv
          """,
        files: ["cities.csv": "postcode,city,canton\n3000,Bern,BE\n4000,Basel,BS\n"])
    ]
  }
}

extension Transform where Self == Lookup {
  /// Adds columns from another table; `on` has its column for each of ours that must be equal.
  public static func lookup(
    _ path: String, table: String = "", on keys: KeyValuePairs<String, String>,
    columns: [String] = [], prefix: String = "", missing: Lookup.Missing = .keep
  ) -> Lookup {
    var step = Lookup()
    step.path = path
    step.table = table
    step.keys = NamedValues(keys)
    step.columns = columns
    step.prefix = prefix
    step.missing = missing
    return step
  }
}

/// A table in a file, read by the engine.
struct LookupTable {
  private let path: String
  private let table: String

  init(_ path: String, _ table: String) {
    self.path = path
    self.table = table
  }

  func read(in bench: Workbench) throws(CatchmentError) -> Relation {
    do throws(CatchmentError) {
      return try isDatabase ? readDatabase(bench) : bench.table("FROM \(try reader())")
    } catch  where error.code == .failed {
      throw CatchmentError(
        .sourceUnavailable, "the file \(path) to look up in cannot be read",
        hint: "check the path; it is taken from the pipeline's directory", cause: error.cause)
    }
  }

  private var isDatabase: Bool { path.hasSuffix(".duckdb") || path.hasSuffix(".db") }

  private func reader() throws(CatchmentError) -> String {
    let name =
      path.hasSuffix(".gz") || path.hasSuffix(".zst")
      ? String(path[..<(path.lastIndex(of: ".") ?? path.endIndex)]) : path
    let readers = [
      ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json", ".jsonl": "read_json",
      ".ndjson": "read_json", ".parquet": "read_parquet",
    ]
    guard let reader = readers.first(where: { name.hasSuffix($0.key) })?.value else {
      throw CatchmentError(
        .configuration, "a file like \(path) cannot be looked up in",
        hint: "give one that ends in \(readers.keys.sorted().joined(separator: ", ")) or .duckdb")
    }
    return "\(reader)(\(SQL.literal(path)))"
  }

  private func readDatabase(_ bench: Workbench) throws(CatchmentError) -> Relation {
    guard !table.isEmpty else {
      throw CatchmentError(
        .configuration, "lookup needs the table of \(path)", hint: "add table: name")
    }
    try bench.execute("ATTACH \(SQL.literal(path)) AS lookup_file (READ_ONLY)")
    let result = Result { () throws(CatchmentError) in
      try bench.table("FROM lookup_file.\(SQL.identifier(table))")
    }
    try bench.execute("DETACH lookup_file")
    return try result.get()
  }
}
