/// How a table is loaded, as a configuration says it: a mode, and a key when it is merged.
public struct LoadSettings: Sendable, Hashable {
  /// The word for a mode.
  public enum Word: String, OptionWord, Hashable {
    case append, replace, merge
  }

  public static let modeSummary = """
    What becomes of the rows that are there: append keeps them, replace puts the new ones in their \
    place at once, merge overwrites those with the same key.
    """
  public static let keySummary = "The columns by which rows are merged."

  public var word = Word.append
  public var key: [String] = []

  /// Appends.
  public init() {}

  public init(_ mode: LoadMode) {
    switch mode {
    case .append: word = .append
    case .replace: word = .replace
    case .merge(let key): (word, self.key) = (.merge, key)
    }
  }

  public var mode: LoadMode {
    switch word {
    case .append: .append
    case .replace: .replace
    case .merge: .merge(key: key)
    }
  }

  public func check() throws(OptionError) {
    if word == .merge, key.isEmpty {
      throw OptionError("needs a key to merge by, such as key: id")
    }
    if word != .merge, !key.isEmpty {
      throw OptionError("has a key, which only mode: merge uses")
    }
  }
}
