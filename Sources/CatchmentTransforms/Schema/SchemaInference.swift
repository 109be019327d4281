public import Catchment
internal import DuckDB

/// Finds out what the columns of a relation are: types, kinds, ranges, and the evidence for each.
///
/// ```swift
/// let schema = try SchemaInference().infer(rows, in: bench)
/// schema.columns[0].type       // BIGINT
/// schema.columns[0].evidence   // 98 of 100 are whole numbers, such as 1, 2, 3
/// ```
///
/// Columns are read one after another, and nothing of their values is kept but counts and a few
/// examples; what is distinct the engine counts, which spills.
public struct SchemaInference: Sendable {
  /// A text that is one of so few is a choice.
  private static let mostChoices = 20
  public var sample: SampleSize
  /// The share of the values that must fit a type.
  public var threshold: Double

  public init(sample: SampleSize = .standard, threshold: Double = 0.95) {
    self.sample = sample
    self.threshold = threshold
  }

  public func infer(
    _ input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> InferredSchema {
    let rows = try sample.chosen(from: input, in: bench)
    let looked = try bench.count(rows)
    var columns: [InferredColumn] = []
    for column in rows.columns {
      var inferred = try judged(column, rows, in: bench)
      try measure(&inferred, column, rows, in: bench)
      columns.append(inferred)
    }
    return InferredSchema(rows: try bench.count(input), looked: looked, columns: columns)
  }

  // MARK: Types

  private func judged(
    _ column: Relation.Column, _ rows: Relation, in bench: Workbench
  ) throws(CatchmentError) -> InferredColumn {
    var inferred = InferredColumn(column.name, type: "\(column.type)")
    inferred.isDeclared = column.type != .varchar
    guard column.type.isPlain else {
      inferred.values = try bench.count(rows)
      return inferred
    }
    let votes = try self.votes(of: column, in: rows, bench)
    let decision = TypeDecision(column.name, votes, threshold: threshold)
    inferred.kind = decision.kind
    inferred.isSensitive = decision.isSensitive
    inferred.values = votes.values
    inferred.missing = votes.missing + votes.blanks
    if !inferred.isDeclared {
      (inferred.type, inferred.formats) = (decision.type, decision.formats)
      inferred.confidence = decision.confidence
    }
    inferred.evidence = evidence(decision, inferred, votes, column)
    return inferred
  }

  private func evidence(
    _ decision: TypeDecision, _ inferred: InferredColumn, _ votes: ColumnVotes,
    _ column: Relation.Column
  ) -> [InferredColumn.Evidence] {
    var all = decision.evidence
    if inferred.isDeclared {
      all = all.filter { _ in inferred.kind != nil }
      all.insert(
        .init(
          count: votes.values, of: votes.values, test: "are declared \(column.type)", examples: []),
        at: 0)
    }
    if votes.blanks > 0 {
      let rows = votes.values + votes.missing + votes.blanks
      all.append(.init(count: votes.blanks, of: rows, test: "are blank", examples: []))
    }
    guard inferred.isSensitive else { return all }
    return all.map { evidence in
      var evidence = evidence
      evidence.examples = evidence.examples.map(\.masked)
      return evidence
    }
  }

  private func votes(
    of column: Relation.Column, in rows: Relation, _ bench: Workbench
  ) throws(CatchmentError) -> ColumnVotes {
    var votes = ColumnVotes()
    do throws(DuckDBError) {
      let texts = try bench.connection.stream(
        "SELECT \(SQL.identifier(column.name))::VARCHAR FROM \(rows.sql)")
      while let chunk = try texts.next() { votes.add(chunk.column(0), rows: chunk.rowCount) }
    } catch {
      throw CatchmentError(
        .failed, "the column \"\(column.name)\" cannot be looked at", cause: error.description)
    }
    return votes
  }

  // MARK: Ranges

  private func measure(
    _ inferred: inout InferredColumn, _ column: Relation.Column, _ rows: Relation,
    in bench: Workbench
  ) throws(CatchmentError) {
    let name = SQL.identifier(column.name)
    let value = column.type == .varchar ? "nullif(trim(\(name)), '')" : name
    let isRanged = column.type.isPlain && !inferred.isSensitive
    let typed = inferred.isDeclared ? name : inferred.target.sql(for: column)
    let (least, greatest) =
      isRanged ? ("min(\(typed))::VARCHAR", "max(\(typed))::VARCHAR") : ("NULL", "NULL")
    let facts = try bench.query(
      """
      SELECT count(\(value)), count(DISTINCT \(value)), \(least), \(greatest),
        min(length(\(value)::VARCHAR)), max(length(\(value)::VARCHAR)) FROM \(rows.sql)
      """)
    guard let row = facts.first else { return }
    if !column.type.isPlain {
      let values = Int(row[0].int64 ?? 0)
      inferred.missing = inferred.values - values
      inferred.values = values
    }
    inferred.distinct = Int(row[1].int64 ?? 0)
    inferred.least = row[2].text.map { String($0.maskedIfSensitive.prefix(80)) }
    inferred.greatest = row[3].text.map { String($0.maskedIfSensitive.prefix(80)) }
    if let shortest = row[4].int64, let longest = row[5].int64 {
      inferred.lengths = Int(shortest)...Int(longest)
    }
    try choose(&inferred, value, rows, in: bench)
  }

  /// Few values that repeat are all that there are, probably.
  private func choose(
    _ inferred: inout InferredColumn, _ value: String, _ rows: Relation, in bench: Workbench
  ) throws(CatchmentError) {
    guard inferred.type == "VARCHAR", !inferred.isSensitive,
      (1...Self.mostChoices).contains(inferred.distinct), inferred.values >= 3 * inferred.distinct,
      (inferred.lengths?.upperBound ?? 0) <= 40
    else { return }
    inferred.choices = try bench.query(
      "SELECT DISTINCT \(value) AS v FROM \(rows.sql) WHERE v IS NOT NULL ORDER BY v"
    ).compactMap { $0[0].text?.maskedIfSensitive }
  }
}

extension InferredColumn {
  /// What a cast makes of it.
  public var target: Cast.Target { Cast.Target(type, formats: formats) }
}

extension String {
  fileprivate var masked: String {
    var text = self
    return text.withUTF8 { ValueText(UnsafeRawBufferPointer($0)).mask }
  }
}

extension LogicalType {
  /// Whether it is one value and no list or structure, and can be read as text.
  fileprivate var isPlain: Bool {
    switch self {
    case .list, .array, .structure, .map, .blob, .bit: false
    default: true
    }
  }
}
