public import Catchment

/// What values of a column must be.
public enum ValueRule: OptionValue, Hashable {
  case email, url, uuid, phone, date
  case notBlank
  case range(min: Scalar?, max: Scalar?)
  /// The whole value matches the regular expression.
  case pattern(String)
  case oneOf([Scalar])

  private static let words: [(name: String, rule: ValueRule)] = [
    ("email", .email), ("url", .url), ("uuid", .uuid), ("phone", .phone), ("date", .date),
    ("not_blank", .notBlank),
  ]

  public init(_ setting: Setting) throws(OptionError) {
    if let text = setting.text {
      let names = Self.words.map(\.name)
      guard let word = Self.words.first(where: { $0.name == text }) else {
        throw OptionError(
          "must be one of \(names.joined(separator: ", ")), or a map, not \"\(text)\"",
          at: setting.place)
      }
      self = word.rule
      return
    }
    let members = try setting.members(["min", "max", "pattern", "in"])
    if let pattern = members["pattern"] {
      self = .pattern(try String(pattern))
    } else if let values = members["in"] {
      self = .oneOf(try [Scalar](values))
    } else {
      let (low, high) = (try Self.bound(members["min"]), try Self.bound(members["max"]))
      guard low != nil || high != nil else {
        throw OptionError("needs min, max, pattern or in", at: setting.place)
      }
      self = .range(min: low, max: high)
    }
  }

  private static func bound(_ setting: Setting?) throws(OptionError) -> Scalar? {
    guard let setting else { return nil }
    return try Scalar(setting)
  }

  public var setting: Setting {
    switch self {
    case .range(let low, let high):
      let bounds = [("min", low), ("max", high)]
      return Setting(
        .map(
          bounds.compactMap { name, bound in
            bound.map { Setting.Entry(name, $0.setting) }
          }))
    case .pattern(let pattern): return .map(["pattern": pattern.setting])
    case .oneOf(let values): return .map(["in": values.setting])
    default: return (Self.words.first { $0.rule == self }?.name ?? "").setting
    }
  }

  public static var schema: Setting {
    let map = Setting.map([
      "type": "object".setting,
      "properties": .map([
        "min": Scalar.schema, "max": Scalar.schema, "pattern": String.schema,
        "in": [Scalar].schema,
      ]),
      "additionalProperties": false.setting,
    ])
    return .map(["anyOf": Setting(.list([.map(["enum": words.map(\.name).setting]), map]))])
  }

  /// SQL that says whether a value keeps the rule; NULL for NULL.
  func sql(of value: String) -> String {
    let text = "\(value)::VARCHAR"
    switch self {
    case .email:
      return Self.present(value, "\(Normalise.Form.email.sql(of: text)) IS NOT NULL")
    case .url:
      return Self.matches(text, #"https?://[^\s/?#.]+(\.[^\s/?#.]+)*(:[0-9]+)?([/?#]\S*)?"#)
    case .uuid: return Self.present(value, "TRY_CAST(\(text) AS UUID) IS NOT NULL")
    case .phone: return Self.matches(text, #"\+[1-9][0-9]{6,14}"#)
    case .date: return Self.present(value, "TRY_CAST(\(text) AS DATE) IS NOT NULL")
    case .notBlank: return Self.matches(text, #"(?s).*\S.*"#)
    case .pattern(let pattern): return Self.matches(text, pattern)
    case .range(let low, let high):
      let bounds = [low.map { (">=", $0) }, high.map { ("<=", $0) }].compactMap { $0 }
      return bounds.map { Self.compares(value, $0.0, $0.1) }.joined(separator: " AND ")
    case .oneOf(let values):
      let list = values.map { SQL.literal($0.description) }.joined(separator: ", ")
      return "\(text) IN (\(list))"
    }
  }

  /// As numbers when the bound is one: text that is none breaks the rule.
  private static func compares(_ value: String, _ sign: String, _ bound: Scalar) -> String {
    switch bound {
    case .integer, .number:
      present(value, "coalesce(TRY_CAST(\(value)::VARCHAR AS DOUBLE) \(sign) \(bound), false)")
    default: "\(value)::VARCHAR \(sign) \(SQL.literal(bound.description))"
    }
  }

  private static func matches(_ text: String, _ pattern: String) -> String {
    "regexp_full_match(\(text), \(SQL.literal(pattern)))"
  }

  private static func present(_ value: String, _ condition: String) -> String {
    "CASE WHEN \(value) IS NOT NULL THEN \(condition) END"
  }
}
