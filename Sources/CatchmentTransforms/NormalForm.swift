public import Catchment

extension Normalise {
  /// One thing that is done with a text.
  public enum Form: OptionValue, Hashable {
    case trim, collapse, lower, upper, title, nfc, email
    /// To E.164; numbers without a country are of this one, by its two letters.
    case phone(String)
    /// To ISO 8601, from one of these formats as `strftime` has them.
    case date([String])

    private static let words: [(name: String, form: Form)] = [
      ("trim", .trim), ("collapse", .collapse), ("lower", .lower), ("upper", .upper),
      ("title", .title), ("nfc", .nfc), ("email", .email),
    ]

    public init(_ setting: Setting) throws(OptionError) {
      if let text = setting.text {
        guard let word = Self.words.first(where: { $0.name == text }) else {
          let names = Self.words.map(\.name) + ["phone", "date"]
          let near = Spelling.nearest(to: text, among: names)
          throw OptionError(
            "cannot be \"\(text)\"; "
              + (near.map { "did you mean \"\($0)\"?" }
                ?? "there are \(names.joined(separator: ", "))"),
            at: setting.place)
        }
        self = word.form
        return
      }
      let members = try setting.members(["phone", "date"])
      if let country = members["phone"] {
        self = .phone(try Self.country(country))
      } else if let formats = members["date"] {
        self = .date(try [String](formats))
      } else {
        throw OptionError("needs a phone or a date", at: setting.place)
      }
    }

    private static func country(_ setting: Setting) throws(OptionError) -> String {
      let country = try String(setting)
      guard PhonePlan.all[country] != nil else {
        throw OptionError(
          "has no country \"\(country)\"; there are "
            + PhonePlan.all.keys.sorted().joined(separator: ", "), at: setting.place)
      }
      return country
    }

    public var setting: Setting {
      switch self {
      case .phone(let country): .map(["phone": country.setting])
      case .date(let formats): .map(["date": formats.setting])
      default: (Self.words.first { $0.form == self }?.name ?? "").setting
      }
    }

    public static var schema: Setting {
      let map = Setting.map([
        "type": "object".setting,
        "properties": .map(["phone": String.schema, "date": [String].schema]),
        "additionalProperties": false.setting,
      ])
      return .map([
        "anyOf": Setting(.list([.map(["enum": words.map(\.name).setting]), map]))
      ])
    }

    /// What a value that has no such form is called; nil for forms that every text has.
    var failure: (code: String, message: String)? {
      switch self {
      case .email: ("email", "is no e-mail address")
      case .phone: ("phone", "is no phone number")
      case .date(let formats):
        ("date", "is no date of the format \(formats.joined(separator: " or "))")
      default: nil
      }
    }

    /// The form of a text, which stands in it once: forms are put around one another.
    func sql(of text: String) -> String {
      switch self {
      case .trim: #"regexp_replace(\#(text), '^[\s\p{Z}]+|[\s\p{Z}]+$', '', 'g')"#
      case .collapse: #"regexp_replace(\#(text), '[\s\p{Z}]+', ' ', 'g')"#
      case .lower: "lower(\(text))"
      case .upper: "upper(\(text))"
      case .title:
        // Letters with their apostrophes are a word; what is between words stays.
        #"""
        array_to_string(list_transform(
          regexp_extract_all(lower(\#(text)), '[\p{L}\p{M}''’]+|[^\p{L}\p{M}''’]+'),
          lambda part: upper(part[1]) || part[2:]), '')
        """#
      case .nfc: "nfc_normalize(\(text))"
      case .email: Self.email(text)
      case .phone(let country): PhonePlan.all[country]?.sql(of: text) ?? text
      case .date(let formats):
        """
        strftime(try_strptime(trim(\(text)), [\(formats.map(SQL.literal).joined(separator: ", "))]),
          '\(Self.isoFormat(formats))')
        """
      }
    }

    private static func isoFormat(_ formats: [String]) -> String {
      let hasTime = formats.contains { $0.contains("%H") || $0.contains("%I") || $0.contains("%X") }
      return hasTime ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d"
    }

    /// The parts that mail servers agree on: no quoted local parts, no addresses of one label.
    private static func email(_ text: String) -> String {
      let local = #"[a-z0-9!#$%&''*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&''*+/=?^_`{|}~-]+)*"#
      let label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
      return #"""
        nullif(regexp_extract(lower(trim(\#(text))), '^\#(local)@(?:\#(label)\.)+\#(label)$'), '')
        """#
    }
  }
}

/// How phone numbers are written in a country.
struct PhonePlan {
  /// The country's code, without a plus.
  let code: String
  /// What is dialled before a number within the country; empty when nothing is, or when it stays.
  let trunk: String
  /// What is dialled before the code of another country.
  let international: String
  /// How many digits a number has after the country's code.
  let digits: ClosedRange<Int>

  private init(
    _ code: String, _ digits: ClosedRange<Int>, trunk: String = "0", international: String = "00"
  ) {
    self.code = code
    self.trunk = trunk
    self.international = international
    self.digits = digits
  }

  /// By the two letters of ISO 3166-1.
  static let all: [String: PhonePlan] = [
    "AR": .init("54", 10...11), "AT": .init("43", 4...13),
    "AU": .init("61", 9...9, international: "0011"), "BE": .init("32", 8...9),
    "BR": .init("55", 10...11), "CA": .init("1", 10...10, trunk: "1", international: "011"),
    "CH": .init("41", 9...9), "CN": .init("86", 9...11), "CZ": .init("420", 9...9, trunk: ""),
    "DE": .init("49", 6...13), "DK": .init("45", 8...8, trunk: ""),
    "ES": .init("34", 9...9, trunk: ""), "FI": .init("358", 5...12), "FR": .init("33", 9...9),
    "GB": .init("44", 9...10), "GR": .init("30", 10...10, trunk: ""),
    "HU": .init("36", 8...9, trunk: "06"), "IE": .init("353", 7...9), "IL": .init("972", 8...9),
    "IN": .init("91", 10...10), "IT": .init("39", 6...12, trunk: ""),
    "JP": .init("81", 9...10, international: "010"),
    "KR": .init("82", 8...10, international: "00"), "LI": .init("423", 7...9, trunk: ""),
    "LU": .init("352", 4...11, trunk: ""), "MX": .init("52", 10...10, trunk: ""),
    "NL": .init("31", 9...9), "NO": .init("47", 8...8, trunk: ""),
    "NZ": .init("64", 8...10), "PL": .init("48", 9...9, trunk: ""),
    "PT": .init("351", 9...9, trunk: ""), "RO": .init("40", 9...9), "SE": .init("46", 7...10),
    "SG": .init("65", 8...8, trunk: "", international: "00"), "SK": .init("421", 9...9),
    "TR": .init("90", 10...10), "UA": .init("380", 9...9),
    "US": .init("1", 10...10, trunk: "1", international: "011"), "ZA": .init("27", 9...9),
  ]

  /// The number as E.164 has it; NULL when it is none.
  func sql(of text: String) -> String {
    let short = digits.lowerBound - 1
    let long = digits.upperBound + 1
    let trunkDigits = trunk.isEmpty ? "" : "(?:\(trunk))?"
    let steps = [
      // How people group digits, and the trunk prefix that is not dialled from abroad.
      (#"\(0\)|[\s\p{Z}().\-/–]"#, ""), ("^\(international)([1-9])", #"+\1"#),
      ("^\(trunkDigits)([0-9]+)$", #"+\#(code)\1"#),
      // A number of this country with too few or too many digits.
      (#"^\+\#(code)(?:[0-9]{0,\#(short)}|[0-9]{\#(long),})$"#, ""),
    ]
    let plain = steps.reduce(text) { text, step in
      "regexp_replace(\(text), \(SQL.literal(step.0)), \(SQL.literal(step.1)), 'g')"
    }
    return #"nullif(regexp_extract(\#(plain), '^\+[1-9][0-9]{6,14}$'), '')"#
  }
}
