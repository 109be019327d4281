public import Catchment
internal import Crypto
internal import DuckDB

/// Makes values unreadable that nobody downstream should see.
///
/// ```swift
/// .transform(.mask(["name": .redact, "card": .partial, "customer": .token], key: key))
/// ```
public struct Mask: Transform, Configurable {
  /// How a value is made unreadable.
  public enum Method: String, OptionWord, Hashable {
    case hash, token, redact, partial
  }

  public static let kind = "mask"
  public static let summary = "Makes values unreadable: hashes, keyed tokens, stars."
  public static var options: [StepOption<Mask>] {
    [
      .required(
        "columns", \.columns,
        """
        How each column is masked: hash (SHA-256 of the salt and the value), token (HMAC-SHA-256 with \
        the key: equal values have equal tokens, and only who has the key can find out which), redact \
        (a fixed text), partial (stars, but for the last letters).
        """),
      .optional("key", \.key, "The key of tokens; give it as ${secret:name}."),
      .optional("salt", \.salt, "What hashes begin with; give it as ${secret:name}."),
      .optional("keep", \.keep, "How many of the last letters partial shows."),
      .optional("text", \.text, "What redact puts in the place of a value."),
    ]
  }

  var columns = NamedValues<Method>()
  var key: SecretText?
  var salt: SecretText?
  var keep = 4
  var text = "***"

  public init() {}

  public func check() throws(OptionError) {
    let methods = columns.members.map(\.value)
    if methods.contains(.token), (key?.text ?? "").isEmpty {
      throw OptionError("needs a key for tokens, such as key: ${secret:mask}")
    }
    if keep < 0 { throw OptionError("cannot keep \(keep) letters") }
  }

  /// NULL stays NULL; whatever a column is, it is text after.
  ///
  /// The key and the salt stand in variables of the engine and not in SQL, which is shown in plans
  /// and errors.
  public func apply(
    to input: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Transformed {
    let names = try Variables(bench, key: key, salt: salt)
    var expressions: [String: String] = [:]
    for member in columns.members {
      let column = try input.column(named: member.name, for: name)
      let value = "\(SQL.identifier(column.name))::VARCHAR"
      expressions[column.name] = sql(member.value, value, names)
    }
    return try Transformed(each: input, as: input.list(replacing: expressions), in: bench)
  }

  private func sql(_ method: Method, _ value: String, _ names: Variables) -> String {
    switch method {
    case .hash: return "sha256(\(names.salt) || encode(\(value)))"
    case .token:
      return "sha256(\(names.outer) || unhex(sha256(\(names.inner) || encode(\(value)))))"
    case .redact: return "CASE WHEN \(value) IS NOT NULL THEN \(SQL.literal(text)) END"
    case .partial:
      // A value that is not longer than what would be shown is hidden whole.
      let shown = "CASE WHEN length(\(value)) > \(keep) THEN \(keep) ELSE 0 END"
      return "repeat('*', length(\(value)) - \(shown)) || right(\(value), \(shown))"
    }
  }

  /// The engine's variables that hold what must not be seen.
  private struct Variables {
    let salt: String
    let inner: String
    let outer: String

    init(_ bench: Workbench, key: SecretText?, salt: SecretText?) throws(CatchmentError) {
      let pads = HMACPads(Array((key?.text ?? "").utf8))
      self.salt = try Self.set("salt", Array((salt?.text ?? "").utf8), in: bench)
      inner = try Self.set("inner", pads.inner, in: bench)
      outer = try Self.set("outer", pads.outer, in: bench)
    }

    private static func set(
      _ name: String, _ bytes: [UInt8], in bench: Workbench
    ) throws(CatchmentError) -> String {
      let variable = "mask \(name) \(bench.made)"
      let literal = bytes.map { "\\x\(Hex.text([$0]))" }.joined()
      try bench.execute("SET VARIABLE \(SQL.identifier(variable)) = '\(literal)'::BLOB")
      return "getvariable(\(SQL.literal(variable)))"
    }
  }

  public static var examples: [StepExample] {
    [
      StepExample(
        """
        A name is redacted, of a card the last digits are left, of a customer a token, by which rows \
        of the same customer still find each other.
        """,
        .mask(
          ["name": .redact, "card": .partial, "customer": .token], key: "an example, not a secret"),
        input: """
          name | card             | customer
          Ada  | 4111111111111111 | 17
          NULL | 123              | 17
          """,
        output: """
          name | card             | customer
          ***  | ************1111 | 48d01582c9ef370052bf8ba5436564178a729cbc486308ebac8892f583867119
          NULL | ***              | 48d01582c9ef370052bf8ba5436564178a729cbc486308ebac8892f583867119
          """)
    ]
  }
}

extension Transform where Self == Mask {
  /// Makes values unreadable, each column by its method.
  public static func mask(
    _ columns: KeyValuePairs<String, Mask.Method>, key: String? = nil, salt: String? = nil,
    keep: Int = 4, text: String = "***"
  ) -> Mask {
    var step = Mask()
    step.columns = NamedValues(columns)
    step.key = key.map { SecretText($0) }
    step.salt = salt.map { SecretText($0) }
    step.keep = keep
    step.text = text
    return step
  }
}

/// A key as HMAC-SHA-256 uses it (RFC 2104): mixed with two paddings of a block's length.
private struct HMACPads {
  let inner: [UInt8]
  let outer: [UInt8]

  init(_ key: [UInt8]) {
    let block = 64
    var hasher = SHA256()
    key.withUnsafeBytes { hasher.update(bufferPointer: $0) }
    var key = key.count > block ? Array(hasher.finalize()) : key
    key += Array(repeating: 0, count: block - key.count)
    inner = key.map { $0 ^ 0x36 }
    outer = key.map { $0 ^ 0x5c }
  }
}
