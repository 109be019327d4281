internal import DuckDB

/// A column of a SQLite table or query, and what was found in it.
///
/// SQLite lets a column hold values of any kind, whatever it is declared as.
struct SQLiteColumn {
  /// The kinds of values that SQLite knows, NULL aside.
  struct Kinds: OptionSet {
    let rawValue: Int
    static let integer = Kinds(rawValue: 1)
    static let real = Kinds(rawValue: 2)
    static let text = Kinds(rawValue: 4)
    static let blob = Kinds(rawValue: 8)

    /// SQL for the kinds that a column holds.
    static func sql(_ column: String) -> String {
      ["integer", "real", "text", "blob"].enumerated().map { place, kind in
        "\(1 << place) * max(typeof(\(column)) = '\(kind)')"
      }.joined(separator: " + ")
    }
  }

  let name: String
  /// The words it is declared with, in capitals.
  let declared: String
  var kinds: Kinds
  /// Set when a value is met that only bytes, or only text, can keep.
  var keptAs: LogicalType?

  init(_ name: String, declared: String, _ kinds: Kinds) {
    self.name = name
    self.declared = declared.uppercased()
    self.kinds = kinds
  }

  /// What can keep every value as it is.
  var kept: LogicalType {
    if let keptAs { return keptAs }
    if kinds.contains(.blob) { return .blob }
    if kinds == .integer { return .bigint }
    return kinds.isEmpty || kinds.contains(.text) ? .varchar : .double
  }

  /// What the declaration says, as far as the values make sense of it: points in time may be kept as
  /// numbers, of which only who wrote them knows what they count.
  var meant: LogicalType {
    func says(_ words: String...) -> Bool { words.contains(where: declared.contains) }
    if says("INT") { return .bigint }
    if says("BOOL") { return .boolean }
    if let decimal = decimal { return decimal }
    if kinds.contains(.text), !kinds.contains(.blob) {
      if says("UUID", "GUID") { return .uuid }
      if says("DATETIME", "TIMESTAMP") { return .timestamp }
      if declared == "DATE" { return .date }
      if says("JSON") { return .json }
    }
    let type = SQLiteType.engineType(declared: declared)
    return type == .any || type == .blob ? kept : type
  }

  /// `DECIMAL(10,2)`; without digits it says no more than a number.
  private var decimal: LogicalType? {
    guard declared.hasPrefix("DECIMAL(") || declared.hasPrefix("NUMERIC("),
      declared.hasSuffix(")")
    else { return nil }
    let digits = declared.dropFirst("DECIMAL(".count).dropLast().split(separator: ",")
      .map { Int($0.drop { $0 == " " }) }
    guard let width = digits.first ?? nil, let scale = digits.count > 1 ? digits[1] : 0,
      (1...38).contains(width), (0...width).contains(scale)
    else { return nil }
    return .decimal(width: width, scale: scale)
  }
}
