internal import Catchment
internal import DuckDB

/// A column of a layout: where it stands, what it is, and what its values must be.
///
/// A word alone is the type.
struct LayoutColumn: OptionValue, Hashable {
  enum Letters: String, OptionWord, Hashable { case upper, lower }

  var type = LayoutType.text
  /// Its first and last character in a line of fixed width.
  var place: CharacterSpan?
  /// What the header calls it, when not by its name.
  var from: String?
  /// Whether a file may lack it.
  var isOptional = false
  var isRequired = false
  var dates: DatePattern?
  var nulls: [String]?
  var nullDates: [String]?
  var values: [String] = []
  var minimum: Scalar?
  var maximum: Scalar?
  /// How many characters text must have.
  var length: Int?
  var isDigits = false
  var letters: Letters?
  /// Whether spaces within are made one.
  var squeezes = false
  /// What fills text from the left to its length.
  var pad: String?
  var summary: String?

  init() {}

  private static let members = [
    "type", "at", "from", "optional", "required", "dates", "nulls", "null_dates", "values", "min",
    "max", "length", "digits", "case", "squeeze", "pad", "summary",
  ]

  init(_ setting: Setting) throws(OptionError) {
    guard setting.entries != nil else {
      type = try LayoutType(setting)
      return
    }
    let given = try setting.members(Self.members)
    func read<Value: OptionValue>(_ name: String, _ value: inout Value) throws(OptionError) {
      guard let setting = given[name] else { return }
      do throws(OptionError) { value = try Value(setting) } catch {
        throw OptionError("has \"\(name)\", which \(error.message)", at: error.place)
      }
    }
    try read("type", &type)
    try read("at", &place)
    try read("from", &from)
    try read("optional", &isOptional)
    try read("required", &isRequired)
    try read("dates", &dates)
    try read("nulls", &nulls)
    try read("null_dates", &nullDates)
    try read("values", &values)
    try read("min", &minimum)
    try read("max", &maximum)
    try read("length", &length)
    try read("digits", &isDigits)
    try read("case", &letters)
    try read("squeeze", &squeezes)
    try read("pad", &pad)
    try read("summary", &summary)
    if pad != nil, length == nil { throw OptionError("has \"pad\", which needs a length") }
    if let pad, pad.utf8.count != 1 { throw OptionError("has \"pad\", which must be a character") }
  }

  var setting: Setting {
    var entries: [Setting.Entry] = []
    func say(_ name: String, _ value: some OptionValue, unless plain: Bool) {
      if !plain { entries.append(.init(name, value.setting)) }
    }
    say("at", place, unless: place == nil)
    say("type", type, unless: type == .text)
    say("from", from, unless: from == nil)
    say("optional", isOptional, unless: !isOptional)
    say("required", isRequired, unless: !isRequired)
    say("dates", dates, unless: dates == nil)
    say("nulls", nulls, unless: nulls == nil)
    say("null_dates", nullDates, unless: nullDates == nil)
    say("values", values, unless: values.isEmpty)
    say("min", minimum, unless: minimum == nil)
    say("max", maximum, unless: maximum == nil)
    say("length", length, unless: length == nil)
    say("digits", isDigits, unless: !isDigits)
    say("case", letters, unless: letters == nil)
    say("squeeze", squeezes, unless: !squeezes)
    say("pad", pad, unless: pad == nil)
    say("summary", summary, unless: summary == nil)
    return entries.isEmpty ? type.setting : Setting(.map(entries))
  }

  static var schema: Setting { .map(["type": ["string", "object"].setting]) }
}

/// What a layout's values are.
enum LayoutType: OptionValue, Hashable {
  case text, integer, number, date, timestamp, boolean
  case decimal(width: Int, scale: Int)

  private static let words: [(String, LayoutType)] = [
    ("text", .text), ("integer", .integer), ("number", .number), ("date", .date),
    ("timestamp", .timestamp), ("boolean", .boolean),
  ]

  init(_ setting: Setting) throws(OptionError) {
    let text = setting.text ?? ""
    if let word = Self.words.first(where: { $0.0 == text }) {
      self = word.1
      return
    }
    let digits = text.split(whereSeparator: { "(,) ".contains($0) }).dropFirst().map { Int($0) }
    guard text.hasPrefix("decimal("), text.hasSuffix(")"), digits.count == 2,
      let width = digits[0], let scale = digits[1], (1...18).contains(width),
      (0...width).contains(scale)
    else {
      let names = Self.words.map(\.0) + ["decimal(12, 2) of up to 18 digits"]
      let near = Spelling.nearest(to: text, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw OptionError("must be one of \(names.joined(separator: ", "))\(near)", at: setting.place)
    }
    self = .decimal(width: width, scale: scale)
  }

  var setting: Setting {
    if case .decimal(let width, let scale) = self { return "decimal(\(width), \(scale))".setting }
    return (Self.words.first { $0.1 == self }?.0 ?? "text").setting
  }

  static var schema: Setting { String.schema }

  var logical: LogicalType {
    switch self {
    case .text: .varchar
    case .integer: .bigint
    case .number: .double
    case .date: .date
    case .timestamp: .timestamp
    case .boolean: .boolean
    case .decimal(let width, let scale): .decimal(width: width, scale: scale)
    }
  }
}
