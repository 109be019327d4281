/// How often, after which pauses and after which failures a pipeline is run again by itself.
///
/// ```swift
/// Pipeline("orders").extract(…).load(…).retry(PipelineRetry(attempts: 5, delay: TimeSpan(seconds: 30)))
/// ```
///
/// Each pause is twice the one before, up to the limit, less a part that chance takes away; it is never
/// shorter than a server asked for.
public struct PipelineRetry: OptionValue, Hashable {
  /// How often it is run, the first time among them.
  public var attempts: Int
  /// The first pause.
  public var delay: TimeSpan
  /// The longest pause.
  public var limit: TimeSpan
  /// The failures after which it is run again.
  public var classes: [ErrorClass]

  /// Three attempts, with pauses of ten seconds to five minutes, after what may pass by itself.
  public init(
    attempts: Int = 3, delay: TimeSpan = TimeSpan(seconds: 10),
    limit: TimeSpan = TimeSpan(seconds: 300), classes: [ErrorClass] = [.transient, .quota]
  ) {
    self.attempts = attempts
    self.delay = delay
    self.limit = limit
    self.classes = classes
  }

  private static let keys = ["attempts", "delay", "limit", "classes"]
  private static let mostAttempts = 1_000

  /// A number is that of the attempts.
  public init(_ setting: Setting) throws(OptionError) {
    self.init()
    if case .integer = setting.value {
      attempts = try Self.attempts(setting)
      return
    }
    let members = try setting.members(Self.keys)
    if let given = members["attempts"] { attempts = try Self.attempts(given) }
    if let given = members["delay"] { delay = try Self.time("delay", given) }
    if let given = members["limit"] { limit = try Self.time("limit", given) }
    if let given = members["classes"] { classes = try Self.classes(given) }
    // A first pause that is said alone may be longer than the limit that was not.
    guard delay.seconds > limit.seconds else { return }
    guard members["limit"] == nil else {
      throw OptionError("has a delay that is longer than its limit", at: setting.place)
    }
    limit = delay
  }

  private static func attempts(_ setting: Setting) throws(OptionError) -> Int {
    guard case .integer(let count) = setting.value, (1...mostAttempts).contains(count) else {
      throw OptionError("needs attempts from 1 to \(mostAttempts)", at: setting.place)
    }
    return count
  }

  private static func time(
    _ name: String, _ setting: Setting
  ) throws(OptionError) -> TimeSpan {
    do { return try TimeSpan(setting) } catch {
      throw OptionError("has a \(name) that \(error.message)", at: error.place)
    }
  }

  private static func classes(_ setting: Setting) throws(OptionError) -> [ErrorClass] {
    do { return try [ErrorClass](setting) } catch {
      throw OptionError("has classes of which each \(error.message)", at: error.place)
    }
  }

  public var setting: Setting {
    let plain = PipelineRetry()
    var entries: [Setting.Entry] = []
    if delay != plain.delay { entries.append(.init("delay", delay.setting)) }
    if limit != max(plain.limit, delay) { entries.append(.init("limit", limit.setting)) }
    if classes != plain.classes { entries.append(.init("classes", classes.setting)) }
    guard !entries.isEmpty else { return attempts.setting }
    return Setting(.map([.init("attempts", attempts.setting)] + entries))
  }

  private func max(_ a: TimeSpan, _ b: TimeSpan) -> TimeSpan { a.seconds < b.seconds ? b : a }

  public static var schema: Setting {
    let attempts = Setting.map([
      "type": "integer".setting, "minimum": 1.setting, "maximum": mostAttempts.setting,
    ])
    return .map([
      "anyOf": Setting(
        .list([
          attempts,
          .map([
            "type": "object".setting,
            "properties": .map([
              "attempts": attempts, "delay": TimeSpan.schema, "limit": TimeSpan.schema,
              "classes": [ErrorClass].schema,
            ]),
            "additionalProperties": false.setting,
          ]),
        ]))
    ])
  }

  /// Whether a failure is one after which it is run again.
  public func covers(_ error: CatchmentError) -> Bool {
    error.errorClass.map(classes.contains) ?? false
  }

  /// The pauses, by the clock and the chance of another policy.
  public func policy(like other: RetryPolicy) -> RetryPolicy {
    var policy = other
    (policy.tries, policy.base, policy.longest) = (attempts, delay.seconds, limit.seconds)
    return policy
  }
}

/// What follows when a pipeline of several fails for good.
public enum FailurePolicy: String, OptionWord, Hashable {
  /// Those that need it are skipped, and the exit code is that of the failure.
  case fail
  /// Those that need it run all the same, also when it was skipped itself; the exit code is that of the
  /// failure.
  case `continue`
  /// Those that need it are skipped; it is told, and the exit code does not tell of it.
  case skip
}
