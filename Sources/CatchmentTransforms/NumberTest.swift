internal import Catchment

/// Whether a number of a column stands out, in SQL: what must be known of all numbers, and the reason.
struct NumberTest {
  private let column: String
  private let value: String
  private let number: String
  private let place: Int

  init(_ column: String, place: Int) {
    self.column = column
    self.place = place
    value = "input.\(SQL.identifier(column))"
    number = "\(value)::DOUBLE"
  }

  /// Infinity and NaN would make every mean one of themselves.
  private var finite: String {
    let number = "\(SQL.identifier(column))::DOUBLE"
    return "CASE WHEN isfinite(\(number)) THEN \(number) END"
  }

  /// What is computed over all rows, for a relation called `s`.
  func aggregates(_ method: DetectAnomalies.Method) -> [String] {
    switch method {
    case .zScore:
      ["avg(\(finite)) AS _mean\(place)", "stddev_samp(\(finite)) AS _deviation\(place)"]
    case .robustZ: ["median(\(finite)) AS _median\(place)", "mad(\(finite)) AS _mad\(place)"]
    case .iqr:
      [
        "quantile_cont(\(finite), 0.25) AS _low\(place)",
        "quantile_cont(\(finite), 0.75) AS _high\(place)",
      ]
    case .isolationForest: []
    case .combined: Self.methods.flatMap(aggregates)
    }
  }

  /// Those that look at one column alone.
  private static let methods: [DetectAnomalies.Method] = [.zScore, .robustZ, .iqr]
  /// The column that says why a forest sets the row apart, when it does.
  static let isolated = "_isolated"

  /// The reason in words; NULL when the number does not stand out.
  func reason(_ method: DetectAnomalies.Method, _ threshold: Double?) -> String {
    switch method {
    case .zScore:
      distance(
        "(\(number) - s._mean\(place)) / nullif(s._deviation\(place), 0)", threshold ?? 3,
        "standard deviations", "mean", "s._mean\(place)")
    case .robustZ:
      // 0.6745 of a standard deviation is the median deviation, where numbers are spread normally.
      distance(
        "0.6745 * (\(number) - s._median\(place)) / nullif(s._mad\(place), 0)", threshold ?? 3.5,
        "median deviations", "median", "s._median\(place)")
    case .iqr: beyondQuartiles(threshold ?? 1.5)
    case .isolationForest: "NULL"
    case .combined: combined
    }
  }

  private func words(_ number: String) -> String { "format('{:.4g}', \(number))" }

  private var beginning: String { SQL.literal("\(column) is ") + " || \(words(number)) || ': '" }

  private func distance(
    _ score: String, _ threshold: Double, _ unit: String, _ middle: String, _ value: String
  ) -> String {
    """
    CASE WHEN abs(\(score)) > \(threshold) THEN \(beginning) || \(words("abs(\(score))"))
      || ' \(unit) ' || if(\(score) > 0, 'above', 'below') || ' the \(middle) of ' || \(words(value)) END
    """
  }

  private func beyondQuartiles(_ threshold: Double) -> String {
    let (low, high) = ("s._low\(place)", "s._high\(place)")
    let width = "\(threshold) * (\(high) - \(low))"
    let end = "', which is beyond the quartiles of ' || \(words(low)) || ' and ' || \(words(high))"
    return """
      CASE WHEN \(number) < \(low) - \(width) THEN \(beginning) || 'below '
          || \(words("\(low) - \(width)")) || \(end)
        WHEN \(number) > \(high) + \(width) THEN \(beginning) || 'above '
          || \(words("\(high) + \(width)")) || \(end) END
      """
  }

  /// Two that look at the column, or one and the forest, which looks at the row; with what each says.
  private var combined: String {
    let reasons = Self.methods.map { "(\(reason($0, nil)))" }
    let votes = reasons.map { "(\($0) IS NOT NULL)::INTEGER" }.joined(separator: " + ")
    return """
      CASE WHEN \(votes) >= 2 OR \(votes) = 1 AND input.\(Self.isolated) IS NOT NULL THEN concat_ws('; ', \(reasons.joined(separator: ", "))) END
      """
  }
}
