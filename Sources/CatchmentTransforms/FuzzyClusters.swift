internal import Catchment
internal import DuckDB

/// Finds rows that are the same without being alike: blocks, pairs, their likeness, clusters.
struct FuzzyClusters {
  private static let randomPairs = 10_000
  /// Of fewer rows too many pairs at random are of the same.
  private static let fewRows = 100
  private let held: Relation
  private let likeness: Likeness
  private let columns: [(column: Relation.Column, comparator: Comparator)]
  private let step: String

  init(_ held: Relation, _ likeness: Likeness, for step: String) throws(CatchmentError) {
    var columns: [(Relation.Column, Comparator)] = []
    for member in likeness.match.members {
      columns.append((try held.column(named: member.name, for: step), member.value))
    }
    (self.held, self.likeness, self.columns, self.step) = (held, likeness, columns, step)
  }

  /// The `root` of each `place` whose row is the same as another: the first row of its cluster; and
  /// what was not compared, because too many rows were alike.
  func roots(
    in bench: Workbench
  ) throws(CatchmentError) -> (roots: Relation, skipped: [StepMeasure]) {
    let blocks = try blocks(in: bench)
    let pairs = try compared(candidates(blocks, in: bench), in: bench)
    let patterns = try self.patterns(of: pairs, in: bench)
    let model = FellegiSunter(
      learning: patterns, random: try self.patterns(of: random(in: bench), in: bench),
      columns: columns.count)
    let decisive = try decisiveColumns()
    let apart = patterns.filter { pattern in decisive.contains { pattern.levels[$0] == 0 } }
    let same = patterns.filter { pattern in
      decisive.allSatisfy { pattern.levels[$0] != 0 }
        && model.probability(pattern.levels) >= likeness.threshold
    }.sorted { model.probability($0.levels) > model.probability($1.levels) }
    var sets = DisjointSets()
    try each(alike, in: bench) { sets.unite($0, $1) }
    try each(having(apart, of: pairs), in: bench) { sets.separate($0, $1) }
    // The surest first: who could belong to two that are apart goes to the likelier one.
    try each(having(same, of: pairs), in: bench) { sets.unite($0, $1) }
    return (try written(sets, in: bench), try skipped(blocks, in: bench))
  }

  private func decisiveColumns() throws(CatchmentError) -> [Int] {
    let names =
      try likeness.mustAgree.isEmpty
      ? [] : held.columns(named: likeness.mustAgree, for: step)
    var places: [Int] = []
    for name in names {
      guard let place = columns.firstIndex(where: { $0.column == name }) else {
        throw CatchmentError(
          .configuration, "\(step): \(name.name) must agree, and match does not compare it",
          hint: "name it in match, too")
      }
      places.append(place)
    }
    return places
  }

  // MARK: Pairs

  /// The rows of each block that has more than one.
  private func blocks(in bench: Workbench) throws(CatchmentError) -> Relation {
    var blocks: [String] = []
    for (number, names) in likeness.block.enumerated() {
      let values = try held.columns(named: names, for: step).map(\.plainText)
      let present = values.map { "\($0) IS NOT NULL" }.joined(separator: " AND ")
      blocks.append(
        """
        SELECT rowid AS id, hash(\(number), \(values.joined(separator: ", "))) AS block
        FROM \(held.sql) WHERE \(present)
        """)
    }
    if !likeness.similar.isEmpty { blocks.append(try bands(in: bench)) }
    return try bench.table(
      """
      SELECT list(id) AS ids FROM (\(blocks.joined(separator: " UNION ALL ")))
      GROUP BY block HAVING count(*) > 1
      """)
  }

  /// Pairs of rows that have a block in common.
  private func candidates(
    _ blocks: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    try bench.table(
      """
      SELECT DISTINCT a, b FROM (
        SELECT a, unnest(ids) AS b FROM (
          SELECT ids, unnest(ids) AS a FROM \(blocks.sql)
          WHERE len(ids) <= \(likeness.largestBlock)))
      WHERE a < b
      """)
  }

  private func skipped(
    _ blocks: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [StepMeasure] {
    let found = try bench.query(
      """
      SELECT count(*), coalesce(sum(len(ids)), 0)::BIGINT FROM \(blocks.sql)
      WHERE len(ids) > \(likeness.largestBlock)
      """)
    guard let counts = found.first?.map({ Double($0.int64 ?? 0) }), counts[0] > 0 else { return [] }
    return [
      StepMeasure("blocks_too_large", sum: counts[0], of: 1),
      StepMeasure("rows_in_them", sum: counts[1], of: 1),
    ]
  }

  private func bands(in bench: Workbench) throws(CatchmentError) -> String {
    do throws(DuckDBError) { try MinHash.register(in: bench.connection) } catch {
      throw CatchmentError(.failed, "\(step) could not begin", cause: error.description)
    }
    let values = try held.columns(named: likeness.similar, for: step).map(\.plainText)
    return """
      SELECT id, hash(-1 - band, \(MinHash.function)(text, band)) AS block FROM (
        SELECT rowid AS id, nullif(concat_ws(' ', \(values.joined(separator: ", "))), '') AS text
        FROM \(held.sql)), (SELECT range AS band FROM range(\(MinHash.bands)))
      WHERE text IS NOT NULL
      """
  }

  /// Pairs at random, the same ones each time.
  private func random(in bench: Workbench) throws(CatchmentError) -> Relation {
    let rows = max(1, try bench.count(held))
    let pairs = try bench.view(
      """
      SELECT a, b FROM (
        SELECT (range * 48271 + 11) % \(rows) AS a,
          (range * 117649 + (range // \(rows)) * 13 + 5) % \(rows) AS b
        FROM range(\(rows < Self.fewRows ? 0 : Self.randomPairs)))
      WHERE a <> b
      """)
    return try compared(pairs, in: bench)
  }

  // MARK: Patterns

  /// Each pair with the code of its levels.
  private func compared(
    _ pairs: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let values = columns.enumerated().map { "\($1.comparator.value(of: $1.column)) AS v\($0)" }
    let rows = try bench.table(
      "SELECT rowid AS id, \(values.joined(separator: ", ")) FROM \(held.sql)")
    var weight = 1
    var terms: [String] = []
    for (index, column) in columns.enumerated() {
      let level = column.comparator.level("ours.v\(index)", "theirs.v\(index)")
      terms.append("\(weight) * (1 + \(level))")
      weight *= Comparator.levels + 1
    }
    return try bench.table(
      """
      SELECT a, b, (\(terms.joined(separator: " + ")))::BIGINT AS code
      FROM \(pairs.sql) JOIN \(rows.sql) AS ours ON ours.id = a
        JOIN \(rows.sql) AS theirs ON theirs.id = b
      """)
  }

  private func patterns(
    of pairs: Relation, in bench: Workbench
  ) throws(CatchmentError) -> [FellegiSunter.Pattern] {
    let rows = try bench.query(
      "SELECT code, count(*) FROM \(pairs.sql) GROUP BY code ORDER BY code")
    return rows.map { row in
      .init(levels: levels(of: Int(row[0].int64 ?? 0)), count: Double(row[1].int64 ?? 0))
    }
  }

  private func levels(of code: Int) -> [Int] {
    var rest = code
    return columns.map { _ in
      defer { rest /= Comparator.levels + 1 }
      return rest % (Comparator.levels + 1) - 1
    }
  }

  private func code(of levels: [Int]) -> Int {
    levels.reversed().reduce(0) { $0 * (Comparator.levels + 1) + $1 + 1 }
  }

  // MARK: Clusters

  /// Rows that are alike in every column are the same.
  private var alike: String {
    """
    SELECT ids[1], unnest(ids[2:]) FROM (
      SELECT list(rowid) AS ids FROM \(held.sql)
      GROUP BY \(held.columnList) HAVING count(*) > 1)
    """
  }

  /// Pairs of these patterns, those of the first pattern first.
  private func having(_ patterns: [FellegiSunter.Pattern], of pairs: Relation) -> String {
    let codes = patterns.map { String(code(of: $0.levels)) }.joined(separator: ", ")
    return """
      SELECT a, b FROM \(pairs.sql) JOIN (
        SELECT unnest([\(codes)]::BIGINT[]) AS code, generate_subscripts([\(codes)]::BIGINT[], 1) AS place)
        USING (code)
      ORDER BY place, a, b
      """
  }

  private func each(
    _ pairs: String, in bench: Workbench, _ body: (Int64, Int64) -> Void
  ) throws(CatchmentError) {
    for row in try bench.query(pairs) {
      if let a = row[0].int64, let b = row[1].int64 { body(a, b) }
    }
  }

  private func written(
    _ sets: DisjointSets, in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let table = try bench.table("SELECT 0::BIGINT AS place, 0::BIGINT AS root LIMIT 0")
    do throws(DuckDBError) {
      let rows = try Appender(
        bench.connection, catalog: "temp", schema: "main", table: table.name)
      for place in sets.members.sorted() {
        rows.set(0, place)
        rows.set(1, sets.root(of: place))
        try rows.endRow()
      }
      try rows.close()
    } catch {
      throw CatchmentError(
        .failed, "\(step) could not write its clusters", cause: error.description)
    }
    return table
  }
}
