public import Catchment

/// Takes some of the rows, always the same ones.
///
/// ```swift
/// .transform(.sample(share: 0.01, by: ["customer"]))
/// .transform(.sample(rows: 1000))
/// ```
public struct Sample: Transform, Configurable {
  public static let kind = "sample"
  public static let summary = "Takes a share or a number of the rows, always the same ones."
  public static var options: [StepOption<Sample>] {
    [
      .optional("share", \.share, "About how many of the rows pass, from 0 to 1."),
      .optional("rows", \.rows, "How many rows pass."),
      .optional(
        "key", \.key,
        """
        The columns by which is decided, the whole row when none is named. Rows with the same key all \
        pass or do not (with share), here and in every other table.
        """),
      .optional("seed", \.seed, "Another number gives another sample."),
    ]
  }

  var share: Double?
  var rows: Int?
  var key: [String] = []
  var seed = 0

  public init() {}

  public func check() throws(OptionError) {
    guard (share == nil) != (rows == nil) else {
      throw OptionError("needs either a share, such as 0.1, or a number of rows")
    }
    if let share, !(0...1).contains(share) {
      throw OptionError("has a share that is not from 0 to 1")
    }
    if let rows, rows < 0 { throw OptionError("cannot take \(rows) rows") }
  }

  /// By a hash (MD5) of seed and key, which is the same on every machine and in every version.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let columns = try input.columns(named: key, for: name)
    let number = "md5_number_upper(\(Self.text(columns, seed)))"
    if let share {
      // 2^64, less than which the hash is.
      return try Transformed(
        passing: input, where: "\(number) < \(share) * 18446744073709551616::DOUBLE", in: bench)
    }
    let all = key.isEmpty ? "" : ", \(Self.text(input.columns, seed))"
    return try Transformed(
      of: input,
      as: "SELECT * FROM \(input.sql) ORDER BY \(number)\(all) LIMIT \(rows ?? 0)", in: bench)
  }

  private static func text(_ columns: [Relation.Column], _ seed: Int) -> String {
    "'\(seed)/' || \(columns.rowText)"
  }

  public static var examples: [StepExample] {
    let visits: ExampleTable = """
      visit | customer
      1     | 17
      2     | 18
      3     | 17
      4     | 19
      5     | 20
      """
    return [
      StepExample(
        "About half of the customers, with all of their visits.",
        .sample(share: 0.5, by: ["customer"], seed: 7), input: visits,
        output: """
          visit | customer
          1     | 17
          3     | 17
          5     | 20
          """),
      StepExample(
        "Two rows.", .sample(rows: 2), input: visits,
        output: """
          visit | customer
          1     | 17
          5     | 20
          """),
    ]
  }
}

extension Transform where Self == Sample {
  /// Lets about this share of the rows pass; those with the same key all or not.
  public static func sample(share: Double, by key: [String] = [], seed: Int = 0) -> Sample {
    var step = Sample()
    step.share = share
    step.key = key
    step.seed = seed
    return step
  }

  /// Lets this many rows pass.
  public static func sample(rows: Int, by key: [String] = [], seed: Int = 0) -> Sample {
    var step = Sample()
    step.rows = rows
    step.key = key
    step.seed = seed
    return step
  }
}
