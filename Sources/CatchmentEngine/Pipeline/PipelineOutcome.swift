public import Catchment
internal import DuckDB

/// What a pipeline makes of its source, as lines that can be kept and compared.
public struct PipelineOutcome: Sendable, Equatable {
  /// Every row that would be loaded, as a JSON object, sorted.
  public var rows: [String]
  /// Every record that could not be taken, as a JSON object, sorted.
  public var deadLetters: [String]

  public init(rows: [String] = [], deadLetters: [String] = []) {
    self.rows = rows
    self.deadLetters = deadLetters
  }
}

extension Pipeline.Complete {
  /// Reads the whole source and takes all steps and gates; neither the destination nor a home is looked
  /// at.
  @concurrent
  public func outcome(
    options: Importer.Options = .init()
  ) async throws(CatchmentError) -> PipelineOutcome {
    try await PipelineTrial.with(self, options) { (trial) async throws(CatchmentError) in
      try await trial.outcome()
    }
  }
}

extension PipelineTrial {
  func outcome() async throws(CatchmentError) -> PipelineOutcome {
    let discovery = try pipeline.units()
    if let problem = discovery.problems.first { throw problem }
    var outcome = PipelineOutcome()
    var report = emptyReport()
    try await take(discovery.units, nil, &report) { (batch) throws(CatchmentError) in
      if let rows = batch.rows { outcome.rows += try lines(of: rows, rows.jsonObject) }
      outcome.deadLetters += try letters(of: batch)
    }
    try steps.checkRejects(report)
    outcome.rows.sort()
    outcome.deadLetters.sort()
    return outcome
  }

  private func lines(of rows: Relation, _ object: String) throws(CatchmentError) -> [String] {
    try bench.query("SELECT \(object)::VARCHAR FROM \(rows.sql)").map { $0.first?.text ?? "" }
  }

  private func letters(of batch: Batch) throws(CatchmentError) -> [String] {
    var all: [String] = []
    for rejects in batch.rejects {
      let stage = SQL.literal(rejects.step)
      all += try lines(
        of: rejects.rows,
        """
        json_object('stage', \(stage), 'code', code, 'column', "column", 'value', "value",
          'record', record)
        """)
    }
    for (_, letter) in batch.deadLetters {
      func text(_ text: String?) -> String { text.map(SQL.literal) ?? "NULL" }
      all += try bench.query(
        """
        SELECT json_object('stage', 'read', 'code', \(text(letter.code)),
          'column', \(text(letter.column)), 'value', \(text(letter.value)),
          'record', \(text(letter.record)))::VARCHAR
        """
      ).map { $0.first?.text ?? "" }
    }
    return all
  }
}
