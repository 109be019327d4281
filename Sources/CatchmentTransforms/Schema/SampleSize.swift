public import Catchment

/// How many rows are looked at: about a number of them, spread over all, or every one.
public struct SampleSize: OptionValue, Hashable {
  /// Nil for all.
  public let rows: Int?

  public static let all = SampleSize(rows: nil)
  public static let standard = rows(100_000)

  /// About so many rows.
  public static func rows(_ rows: Int) -> SampleSize { SampleSize(rows: rows) }

  private init(rows: Int?) { self.rows = rows }

  /// `all`, or a number above 0; nil for anything else.
  public init?(_ text: String) {
    if text == "all" {
      self = .all
    } else {
      guard let rows = Int(text), rows > 0 else { return nil }
      self = .rows(rows)
    }
  }

  public init(_ setting: Setting) throws(OptionError) {
    guard let size = SampleSize(try String(setting)) else {
      throw .expected("a number of rows or all", not: setting)
    }
    self = size
  }

  public var setting: Setting { rows.map(\.setting) ?? "all".setting }
  public static var schema: Setting { .map(["type": ["string", "integer"].setting]) }

  /// The rows that are looked at, held: the same ones each time.
  func chosen(from input: Relation, in bench: Workbench) throws(CatchmentError) -> Relation {
    let held = try bench.hold(input)
    let count = try bench.count(held)
    guard let rows, count > rows else { return held }
    let share = Double(rows) / Double(count)
    return try bench.table(
      "SELECT * FROM \(held.sql) WHERE hash(rowid) < \(share) * 18446744073709551616::DOUBLE")
  }
}
