internal import Catchment
internal import DuckDB

/// Columns whose missing values are to be filled.
struct Gaps {
  private let input: Relation
  private let columns: [Relation.Column]
  private let isChosen: Bool
  private let bench: Workbench
  private let step = DropNulls.kind

  /// - Parameter isChosen: whether the columns were named; of all columns, those are left alone for
  ///   which the filling means nothing.
  init(_ columns: [Relation.Column], of input: Relation, isChosen: Bool, in bench: Workbench) {
    self.columns = columns
    self.input = input
    self.isChosen = isChosen
    self.bench = bench
  }

  func filled(
    with filling: DropNulls.Filling, _ value: Scalar?
  ) throws(CatchmentError) -> Transformed {
    switch filling {
    case .value:
      let text = value?.description ?? ""
      let fitting = try fitting { (column) throws(CatchmentError) in try holds(column, text) }
      return try filled(fitting, "hold \"\(text)\"") {
        "CAST(\(SQL.literal(text)) AS \($0.type))"
      }
    case .mean:
      return try filledByStatistic(fitting { $0.type.isNumber }, "have a mean") { column in
        let name = SQL.identifier(column.name)
        // In a fixed order: a sum of binary fractions depends on it.
        return column.type.isFloating ? "avg(\(name) ORDER BY \(name))" : "avg(\(name))"
      }
    case .median:
      return try filledByStatistic(
        fitting { $0.type.isNumber || $0.type.isTemporal }, "have a median"
      ) { "median(\(SQL.identifier($0.name)))" }
    case .mode:
      return try filledByStatistic(columns, "have a mode") { column in
        let name = SQL.identifier(column.name)
        // Of those that are as frequent, the least.
        return """
          (SELECT \(name) FROM \(input.sql) WHERE \(name) IS NOT NULL
           GROUP BY \(name) ORDER BY count(*) DESC, \(name) LIMIT 1)
          """
      }
    case .previous: return try filledByPrevious()
    }
  }

  private func fitting(
    _ fits: (Relation.Column) throws(CatchmentError) -> Bool
  ) throws(CatchmentError) -> [Relation.Column] {
    var found: [Relation.Column] = []
    for column in columns where try fits(column) { found.append(column) }
    return found
  }

  private func holds(_ column: Relation.Column, _ text: String) throws(CatchmentError) -> Bool {
    let cast = "SELECT TRY_CAST(\(SQL.literal(text)) AS \(column.type)) IS NOT NULL"
    return try bench.query(cast) == [[.boolean(true)]]
  }

  /// Fills with values that are computed of all rows, once.
  private func filledByStatistic(
    _ fitting: [Relation.Column], _ ability: String, _ value: (Relation.Column) -> String
  ) throws(CatchmentError) -> Transformed {
    guard !fitting.isEmpty else { return try filled([], ability) { $0.name } }
    let values = fitting.enumerated().map { "CAST(\(value($1)) AS \($1.type)) AS c\($0)" }
    let isAggregate = values.contains { !$0.contains("(SELECT") }
    let found = try bench.table(
      "SELECT \(values.joined(separator: ", "))\(isAggregate ? " FROM \(input.sql)" : "")")
    let places = Dictionary(
      uniqueKeysWithValues: fitting.enumerated().map { ($1.name, $0) })
    return try filled(fitting, ability) { column in
      "(SELECT c\(places[column.name] ?? 0) FROM \(found.sql))"
    }
  }

  private func filled(
    _ fitting: [Relation.Column], _ ability: String, _ value: (Relation.Column) -> String
  ) throws(CatchmentError) -> Transformed {
    if isChosen, let wrong = columns.first(where: { !fitting.contains($0) }) {
      throw CatchmentError(
        .configuration,
        "\(step): the column \(wrong.name) is \(wrong.type) and cannot \(ability)",
        hint: "name other columns, or fill it with something else")
    }
    let expressions = fitting.map { column in
      (column.name, "coalesce(\(SQL.identifier(column.name)), \(value(column)))")
    }
    return try Transformed(
      each: input, as: input.list(replacing: Dictionary(uniqueKeysWithValues: expressions)),
      in: bench)
  }

  /// Row numbers say which row is before another.
  private func filledByPrevious() throws(CatchmentError) -> Transformed {
    let held = try bench.hold(input)
    let expressions = columns.map { column in
      (
        column.name,
        """
        last_value(\(SQL.identifier(column.name)) IGNORE NULLS) OVER (
          ORDER BY rowid ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        """
      )
    }
    let list = held.list(replacing: Dictionary(uniqueKeysWithValues: expressions))
    return try Transformed(
      of: held, as: "SELECT \(list) FROM \(held.sql) ORDER BY rowid", in: bench)
  }
}
