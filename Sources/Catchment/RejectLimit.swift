/// How many records of a run may be dead-lettered: a count, or a share of those that were read.
public enum RejectLimit: OptionValue, Hashable {
  case count(Int)
  case percent(Double)

  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .integer(let count) where count >= 0: self = .count(count)
    case .text(let text):
      guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (0...100).contains(percent)
      else { throw OptionError("must be a count or a share such as 1%, not \"\(text)\"") }
      self = .percent(percent)
    default: throw OptionError("must be a count or a share such as 1%, not \(setting.kind)")
    }
  }

  public var setting: Setting {
    if case .count(let count) = self { count.setting } else { description.setting }
  }

  public static var schema: Setting {
    .map([
      "anyOf": Setting(
        .list([
          .map(["type": "integer".setting, "minimum": 0.setting]),
          .map(["type": "string".setting, "pattern": "^[0-9.]+%$".setting]),
        ]))
    ])
  }

  /// Whether so many of the records that were read may be dead-lettered.
  public func allows(_ counts: RecordCounts) -> Bool {
    switch self {
    case .count(let most): counts.deadLettered <= most
    case .percent(let most): Double(counts.deadLettered) * 100 <= most * Double(counts.read)
    }
  }
}

extension RejectLimit: CustomStringConvertible {
  /// As a file says it: `100`, `1%`.
  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .percent(let percent):
      percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
    }
  }
}
