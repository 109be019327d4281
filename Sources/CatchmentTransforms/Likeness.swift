public import Catchment

/// When rows that are not quite alike are the same.
struct Likeness: Sendable, Hashable {
  static var options: [StepOption<Likeness>] {
    [
      .optional("match", \.match, Comparator.summary),
      .optional(
        "block", \.block,
        """
        Only rows that are alike in the columns of one of these lists are compared, such as \
        [[email], [last_name, born]]. With match, this or similar is needed.
        """),
      .optional(
        "similar", \.similar,
        "Rows are compared, too, whose texts in these columns together share much (MinHash)."),
      .optional(
        "must_agree", \.mustAgree,
        "Columns of match that never differ clearly between rows of the same, such as a birth date."
      ),
      .optional(
        "threshold", \.threshold, "How probable it must be that two rows are the same, from 0 to 1."
      ),
      .optional(
        "largest_block", \.largestBlock,
        "Of how many rows a block may be; what more rows than these have alike says too little."),
    ]
  }

  var match = NamedValues<Comparator>()
  var block: [[String]] = []
  var similar: [String] = []
  var mustAgree: [String] = []
  var threshold = 0.95
  var largestBlock = 100

  var isWanted: Bool { !match.members.isEmpty }

  func check() throws(OptionError) {
    guard isWanted else {
      guard self == Likeness() else { throw OptionError("needs match, the columns to compare") }
      return
    }
    // The pattern of levels is one whole number.
    if match.members.count > 27 { throw OptionError("cannot match more than 27 columns") }
    if block.isEmpty, similar.isEmpty {
      throw OptionError("needs block or similar, which say what rows are compared")
    }
    if block.contains([]) { throw OptionError("has a block without columns") }
    if !(0...1).contains(threshold) {
      throw OptionError("has a threshold that is not from 0 to 1")
    }
    if largestBlock < 2 { throw OptionError("has a largest_block of less than 2 rows") }
  }
}

/// How two values of a column are compared.
public enum Comparator: String, OptionWord, Hashable {
  case exact, name, text, date, number

  static let summary = """
    Columns to compare rows by that are not quite alike, and how: exact, name (Jaro-Winkler, \
    initials), text (edits in relation to the length), date (one or two digits off), number (1 % or \
    10 % off). What agreement in each is worth is learned from the rows.
    """

  /// How alike two values can be: 0 is not at all, 3 the same.
  static let levels = 4

  /// SQL for a value as it is compared: case and spaces around it do not matter.
  func value(of column: Relation.Column) -> String {
    self == .number
      ? "TRY_CAST(\(SQL.identifier(column.name))::VARCHAR AS DOUBLE)" : column.plainText
  }

  /// SQL for the level of two values; -1 when one is missing.
  func level(_ ours: String, _ theirs: String) -> String {
    let (near, far) = thresholds(ours, theirs)
    return """
      CASE WHEN \(ours) IS NULL OR \(theirs) IS NULL THEN -1 WHEN \(ours) = \(theirs) THEN 3
        WHEN \(near) THEN 2 WHEN \(far) THEN 1 ELSE 0 END
      """
  }

  private func thresholds(_ ours: String, _ theirs: String) -> (near: String, far: String) {
    let (a, b) = ("left(\(ours), 300)", "left(\(theirs), 300)")
    let edits = "damerau_levenshtein(\(a), \(b))"
    switch self {
    case .exact: return ("false", "false")
    case .name:
      let likeness = "jaro_winkler_similarity(\(a), \(b))"
      let isShortened = [(ours, theirs), (theirs, ours)].map { long, short in
        "starts_with(\(long), rtrim(\(short), '.'))"
      }.joined(separator: " OR ")
      return ("\(likeness) >= 0.9 OR \(edits) <= 1", "\(likeness) >= 0.8 OR \(isShortened)")
    case .text:
      let share = "\(edits) / greatest(length(\(a)), length(\(b)))"
      return ("\(share) <= 0.2", "\(share) <= 0.4")
    case .date: return ("\(edits) <= 1", "\(edits) <= 2")
    case .number:
      let (gap, size) = ("abs(\(ours) - \(theirs))", "greatest(abs(\(ours)), abs(\(theirs)))")
      return ("\(gap) <= 0.01 * \(size)", "\(gap) <= 0.1 * \(size)")
    }
  }
}

extension Relation.Column {
  /// SQL for a value as text without regard to case and spaces around it; NULL for none of that.
  var plainText: String { "nullif(lower(trim(\(SQL.identifier(name))::VARCHAR)), '')" }
}
