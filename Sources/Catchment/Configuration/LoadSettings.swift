/// How a table is loaded, as a configuration says it: a mode, and a key when it is merged.
public struct LoadSettings: Sendable, Hashable {
  /// The word for a mode.
  public enum Word: String, OptionWord, Hashable {
    case append, replace, merge, scd2
  }

  public static let modeSummary = """
    What becomes of the rows that are there: append keeps them, replace puts the new ones in their \
    place at once, merge overwrites those with the same key, scd2 keeps every version of a row.
    """
  public static let keySummary = "The columns by which rows are told apart, for merge and scd2."
  public static let deleteMissingSummary = """
    Whether rows go whose key is no longer in the source; with scd2 their last version is closed.
    """

  public var word = Word.append
  public var key: [String] = []
  public var deleteMissing = false

  /// Appends.
  public init() {}

  public init(_ mode: LoadMode) {
    switch mode {
    case .append: word = .append
    case .replace: word = .replace
    case .merge(let key, let deleteMissing):
      (word, self.key, self.deleteMissing) = (.merge, key, deleteMissing)
    case .scd2(let key, let deleteMissing):
      (word, self.key, self.deleteMissing) = (.scd2, key, deleteMissing)
    }
  }

  public var mode: LoadMode {
    switch word {
    case .append: .append
    case .replace: .replace
    case .merge: .merge(key: key, deleteMissing: deleteMissing)
    case .scd2: .scd2(key: key, deleteMissing: deleteMissing)
    }
  }

  /// The options of a destination that knows all modes; `path` is where it keeps these settings.
  public static func options<Owner>(
    _ path: any WritableKeyPath<Owner, LoadSettings> & Sendable
  ) -> [StepOption<Owner>] {
    let own: [StepOption<LoadSettings>] = [
      .optional("mode", \.word, modeSummary), .optional("key", \.key, keySummary),
      .optional("delete_missing", \.deleteMissing, deleteMissingSummary),
    ]
    return own.map { $0.within(path) }
  }

  private var isKeyed: Bool { word == .merge || word == .scd2 }

  public func check() throws(OptionError) {
    if isKeyed, key.isEmpty {
      throw OptionError("needs a key to merge by, such as key: id")
    }
    if !isKeyed, !key.isEmpty {
      throw OptionError("has a key, which only mode: merge and mode: scd2 use")
    }
    if !isKeyed, deleteMissing {
      throw OptionError("has delete_missing, which only mode: merge and mode: scd2 know")
    }
  }
}
