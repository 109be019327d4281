public import Catchment
internal import DuckDB

/// Leaves one row of those that are the same.
///
/// ```swift
/// .transform(.deduplicate())
/// .transform(.deduplicate(by: ["email"], .keepLast, orderedBy: ["updated_at"]))
/// ```
public struct Deduplicate: Transform, Configurable {
  /// Which row stays.
  public enum Strategy: String, OptionWord, Hashable {
    case keepFirst = "keep_first"
    case keepLast = "keep_last"
    case keepBestQuality = "keep_best_quality"
    case merge
  }

  /// What becomes of the others.
  public enum Action: String, OptionWord, Hashable {
    case filter, flag
  }

  public static let kind = "deduplicate"
  public static let summary = "Leaves one row of those that are the same."
  public static var options: [StepOption<Deduplicate>] {
    [
      .optional(
        "keys", \.keys,
        """
        The columns in which rows are alike; all, when none is named. A row without a value in one \
        of the keys is like no other.
        """),
      .optional(
        "strategy", \.strategy,
        """
        Which row stays: keep_first, keep_last, keep_best_quality (the highest score), or merge: the \
        first, with its gaps filled from those after it.
        """),
      .optional(
        "order_by", \.order,
        """
        The columns that say which row is first and last; as the rows came, when none is named. \
        Rows without a value are taken only when no other is there.
        """),
      .optional(
        "score", \.score,
        "The column with the score for keep_best_quality; without one it is how many columns have a value."
      ),
      .optional(
        "cluster", \.cluster, "A column to add with the id that rows of the same have alike."),
      .optional(
        "action", \.action,
        "What becomes of the other rows: filter leaves them out, flag marks them in a column."),
      .optional("flag", \.flagColumn, "What the column of action: flag is called."),
    ] + Likeness.options.map { $0.within(\.likeness) }
  }

  var keys: [String] = []
  var strategy = Strategy.keepFirst
  var order: [String] = []
  var score = ""
  var cluster = ""
  var action = Action.filter
  var flagColumn = "is_duplicate"
  var likeness = Likeness()

  /// Leaves one row of those that are alike in every column.
  public init() {}

  public func check() throws(OptionError) {
    try likeness.check()
    if likeness.isWanted, !keys.isEmpty {
      throw OptionError("has both keys and match, of which only one can be")
    }
    if strategy == .merge, action == .flag {
      throw OptionError("merges rows, of which none is left to flag")
    }
    if !score.isEmpty, strategy != .keepBestQuality {
      throw OptionError("has a score, which needs strategy: keep_best_quality")
    }
    if !order.isEmpty, strategy == .keepBestQuality {
      throw OptionError("has an order_by, which keep_best_quality does not use")
    }
  }

  /// Ids of clusters are the same in every run: they are made of the keys, and with `match` of the
  /// rows.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let held = try bench.hold(input)
    let (clusters, skipped) = try self.clusters(of: held, in: bench)
    let choice = try self.choice(of: held)
    let added = (cluster.isEmpty ? [] : [cluster]) + (action == .flag ? [flagColumn] : [])
    try Rename.refuseDuplicates(in: held.columns.map(\.name) + added, of: name)
    if action == .filter, cluster.isEmpty, strategy != .merge, !likeness.isWanted {
      return try passing(held, clusters, choice, in: bench)
    }
    let query =
      action == .flag
      ? flagged(held, clusters, choice) : try kept(held, clusters, choice, in: bench)
    var result = try Transformed(of: held, as: query, in: bench)
    result.measures = skipped
    return result
  }

  private func clusters(
    of held: Relation, in bench: Workbench
  ) throws(CatchmentError) -> (RowClusters, skipped: [StepMeasure]) {
    guard likeness.isWanted else {
      return (try RowClusters(of: held, alikeIn: keys, for: name), [])
    }
    let found = try FuzzyClusters(held, likeness, for: name).roots(in: bench)
    return (RowClusters(of: held, roots: found.roots), found.skipped)
  }

  /// Every row, with what it is.
  private func flagged(
    _ held: Relation, _ clusters: RowClusters, _ choice: RowChoice
  ) -> String {
    let partition = "OVER (PARTITION BY \(clusters.keyList))"
    let id =
      cluster.isEmpty ? "" : "min(\(clusters.id)) \(partition) AS \(SQL.identifier(cluster)), "
    return """
      SELECT \(held.columnList), \(id)rowid <> \(choice.place) \(partition)
        AS \(SQL.identifier(flagColumn))
      FROM \(clusters.source) ORDER BY rowid
      """
  }

  /// The rows that stay, where they are: only those are looked at whose hash another has too.
  private func passing(
    _ held: Relation, _ clusters: RowClusters, _ choice: RowChoice, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let hash = "hash(\(clusters.keyList))"
    let twice = try bench.table(
      "SELECT \(hash) AS hash FROM \(clusters.source) GROUP BY ALL HAVING count(*) > 1")
    let alike = "FROM \(clusters.source) WHERE \(hash) IN (SELECT hash FROM \(twice.sql))"
    let others = try RowSet(in: bench)
    try bench.execute("SELECT count(\(others.adding("rowid"))) \(alike)")
    try bench.execute(
      """
      SELECT count(\(others.removing("place")))
      FROM (SELECT \(choice.place) AS place \(alike) GROUP BY \(clusters.keyList))
      """)
    return try Transformed(
      passing: held, where: "NOT \(others.contains("rowid"))", in: bench)
  }

  /// One row of each cluster, in the order in which they came.
  private func kept(
    _ held: Relation, _ clusters: RowClusters, _ choice: RowChoice, in bench: Workbench
  ) throws(CatchmentError) -> String {
    let merged = strategy == .merge ? held.columns : []
    let values = merged.enumerated().map { "\(choice.value(of: $1)) AS value\($0)" }
    let id = cluster.isEmpty ? [] : ["min(\(clusters.id)) AS id"]
    let chosen = try bench.table(
      """
      SELECT \((["\(choice.place) AS place"] + id + values).joined(separator: ", "))
      FROM \(clusters.source) GROUP BY \(clusters.keyList)
      """)
    let columns = held.columns.enumerated().map { index, column in
      let name = SQL.identifier(column.name)
      return merged.isEmpty ? "rows.\(name)" : "chosen.value\(index) AS \(name)"
    }
    let added = cluster.isEmpty ? [] : ["chosen.id AS \(SQL.identifier(cluster))"]
    return """
      SELECT \((columns + added).joined(separator: ", "))
      FROM \(held.sql) AS rows JOIN \(chosen.sql) AS chosen ON chosen.place = rows.rowid
      ORDER BY rows.rowid
      """
  }

  private func choice(of held: Relation) throws(CatchmentError) -> RowChoice {
    let order = try self.order.isEmpty ? [] : held.columns(named: self.order, for: name)
    switch strategy {
    case .keepFirst, .merge: return RowChoice(first: order)
    case .keepLast: return RowChoice(last: order)
    case .keepBestQuality: return RowChoice(best: try quality(held))
    }
  }

  private func quality(_ held: Relation) throws(CatchmentError) -> String {
    guard !score.isEmpty else {
      return held.columns.map { "(\(SQL.identifier($0.name)) IS NOT NULL)::INTEGER" }
        .joined(separator: " + ")
    }
    let column = try held.column(named: score, for: name)
    guard column.type.isNumber else {
      throw CatchmentError(
        .configuration, "\(name): the column \(column.name) is \(column.type) and no score",
        hint: "cast it to DOUBLE in a step before")
    }
    return SQL.identifier(column.name)
  }
}

extension Deduplicate {
  public static var examples: [StepExample] {
    let people: ExampleTable = """
      id | mail            | phone       | seen
      1  | ada@example.org | NULL        | 2
      2  | bob@example.org | tel 1       | 5
      3  | ada@example.org | tel 2       | 1
      4  | NULL            | NULL        | 3
      5  | NULL            | tel 3       | 4
      """
    return [
      StepExample(
        "Rows that are alike in every column become one.", .deduplicate(),
        input: """
          city | amount
          Bern | 10
          NULL | 7
          Bern | 10
          NULL | 7
          Bern | 20
          """,
        output: """
          city | amount
          Bern | 10
          NULL | 7
          Bern | 20
          """),
      StepExample(
        "Of each address the row that was seen last stays. Those without one all stay.",
        .deduplicate(by: ["mail"], .keepLast, orderedBy: ["seen"]), input: people,
        output: """
          id | mail            | phone       | seen
          1  | ada@example.org | NULL        | 2
          2  | bob@example.org | tel 1       | 5
          4  | NULL            | NULL        | 3
          5  | NULL            | tel 3       | 4
          """),
      StepExample(
        "The first row of each address has its gaps filled from the others.",
        .deduplicate(by: ["mail"], .merge), input: people,
        output: """
          id | mail            | phone       | seen
          1  | ada@example.org | tel 2       | 2
          2  | bob@example.org | tel 1       | 5
          4  | NULL            | NULL        | 3
          5  | NULL            | tel 3       | 4
          """),
      StepExample(
        "People who are written differently become one; twins and namesakes do not.",
        .deduplicate(
          matching: ["name": .name, "born": .date, "mail": .text, "phone": .exact],
          blocks: [["mail"], ["phone"]], mustAgree: ["name", "born"], .merge),
        input: """
          name          | born       | mail             | phone
          Ada Lovelace  | 1815-12-10 | ada@example.org  | 555-1234
          ada lovelace  | 1815-12-01 | ada@example.org  | NULL
          Bob Lovelace  | 1815-12-10 | NULL             | 555-1234
          Ada Lovelace  | 1990-01-07 | ada2@example.org | NULL
          """,
        output: """
          name         | born       | mail             | phone
          Ada Lovelace | 1815-12-10 | ada@example.org  | 555-1234
          Bob Lovelace | 1815-12-10 | NULL             | 555-1234
          Ada Lovelace | 1990-01-07 | ada2@example.org | NULL
          """),
      StepExample(
        "The row with the fewest gaps stays, and the others are marked.",
        .deduplicate(by: ["mail"], .keepBestQuality, cluster: "person", action: .flag),
        input: """
          id | mail            | phone
          1  | ada@example.org | NULL
          2  | ada@example.org | tel 2      
          3  | NULL            | NULL
          """,
        output: """
          id | mail            | phone       | person                           | is_duplicate
          1  | ada@example.org | NULL        | 349716e4e582a02b81df10684924adc8 | true
          2  | ada@example.org | tel 2       | 349716e4e582a02b81df10684924adc8 | false
          3  | NULL            | NULL        | NULL                             | false
          """),
    ]
  }
}

extension Transform where Self == Deduplicate {
  /// Leaves one row of those that are alike in the keys; in every column, when none is named.
  ///
  /// - Parameters:
  ///   - order: the columns that say which row is first and last; as the rows came, without any.
  ///   - score: the column by which `keepBestQuality` chooses.
  ///   - cluster: a column to add with the id that rows of the same have alike.
  public static func deduplicate(
    by keys: [String] = [], _ strategy: Deduplicate.Strategy = .keepFirst,
    orderedBy order: [String] = [], score: String = "", cluster: String = "",
    action: Deduplicate.Action = .filter
  ) -> Deduplicate {
    var step = Deduplicate()
    (step.keys, step.strategy, step.order) = (keys, strategy, order)
    (step.score, step.cluster, step.action) = (score, cluster, action)
    return step
  }
  /// Leaves one row of those that are probably the same, though not quite alike.
  ///
  /// - Parameters:
  ///   - columns: what is compared, and how.
  ///   - blocks: only rows that are alike in the columns of one of these are compared, and
  ///     those whose texts in the `similar` columns share much.
  ///   - decisive: columns that never differ clearly between rows of the same.
  public static func deduplicate(
    matching columns: KeyValuePairs<String, Comparator>, blocks: [[String]] = [],
    similar: [String] = [], mustAgree decisive: [String] = [], threshold: Double = 0.95,
    _ strategy: Deduplicate.Strategy = .keepFirst, cluster: String = "",
    action: Deduplicate.Action = .filter
  ) -> Deduplicate {
    var step = Deduplicate()
    step.likeness.match = NamedValues(columns)
    (step.likeness.block, step.likeness.similar) = (blocks, similar)
    (step.likeness.mustAgree, step.likeness.threshold) = (decisive, threshold)
    (step.strategy, step.cluster, step.action) = (strategy, cluster, action)
    return step
  }
}
