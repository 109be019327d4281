/// What a column is, as far as its values show it.
public struct InferredColumn: Sendable, Hashable {
  /// How many of the values say something, and some of them.
  public struct Evidence: Sendable, Hashable {
    public var count: Int
    public var of: Int
    /// As the end of a sentence: `are whole numbers`.
    public var test: String
    /// Letters are x and digits 9 where a value is one that is shown nowhere.
    public var examples: [String]

    /// In one sentence.
    public var text: String {
      let such = examples.isEmpty ? "" : ", such as \(examples.joined(separator: ", "))"
      return "\(count) of \(of) \(test)\(such)"
    }
  }

  public var name: String
  /// As SQL writes it.
  public var type: String
  /// How dates are written, by `strftime`, when a cast must be told.
  public var formats: [String] = []
  /// Whether the input itself said the type.
  public var isDeclared = false
  public var kind: SemanticKind?
  /// The lower end of the 95 % interval (Wilson) of the share of values that fit the type: few values
  /// prove little, even when all fit.
  public var confidence: Double?
  /// Rows with a value, and without one.
  public var values = 0
  public var missing = 0
  public var distinct = 0
  /// Nil where values are shown nowhere.
  public var least: String?
  public var greatest: String?
  /// The fewest and most characters.
  public var lengths: ClosedRange<Int>?
  /// All values, when they are few that repeat.
  public var choices: [String] = []
  public var evidence: [Evidence] = []
  /// Whether its values are of persons or their money, and are shown nowhere.
  public var isSensitive = false

  public init(_ name: String, type: String) {
    self.name = name
    self.type = type
  }

  public var isNullable: Bool { missing > 0 }
  /// Whether every row has a value that no other one has.
  public var isUnique: Bool { missing == 0 && values > 1 && distinct == values }
}

/// What the columns of a relation are.
public struct InferredSchema: Sendable, Hashable {
  /// The rows that there are.
  public var rows: Int
  /// The rows that were looked at.
  public var looked: Int
  public var columns: [InferredColumn]

  public init(rows: Int, looked: Int, columns: [InferredColumn]) {
    (self.rows, self.looked, self.columns) = (rows, looked, columns)
  }
}
