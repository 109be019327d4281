/// What the values of a table look like: how they are spread, which are frequent, which are missing.
public struct TableProfile: Sendable, Hashable {
  public var schema: InferredSchema
  /// Of each column of the schema.
  public var columns: [ColumnProfile]
  /// Rows that are like one before them in every column.
  public var duplicates: Int
  public var correlations: [Correlation]

  /// How two columns of numbers go together, where both have one.
  public struct Correlation: Sendable, Hashable {
    /// Places of the columns.
    public var first: Int
    public var second: Int
    /// Pearson's, from -1 to 1.
    public var coefficient: Double
  }
}

/// How the values of a column are spread.
public struct ColumnProfile: Sendable, Hashable {
  /// Values from one place to the next.
  public struct Bin: Sendable, Hashable {
    public var low: String
    public var high: String
    public var count: Int
  }

  public struct Frequency: Sendable, Hashable {
    public var value: String
    public var count: Int
  }

  /// What the bins are of.
  public enum Measure: String, Sendable, Hashable {
    case values, lengths
  }

  public var measure = Measure.values
  public var bins: [Bin] = []
  /// The most frequent first; none where values are shown nowhere.
  public var frequent: [Frequency] = []
  /// Of numbers.
  public var mean: Double?
  public var deviation: Double?
  public var quartiles: [Double] = []
}
