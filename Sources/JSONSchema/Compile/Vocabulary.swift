/// A set of keywords that a meta-schema switches on.
enum Vocabulary: String, CaseIterable {
  case core, applicator, unevaluated, validation, content
  case metaData = "meta-data"
  case formatAnnotation = "format-annotation"

  static let draft = "https://json-schema.org/draft/2020-12/schema"
  private static let prefix = "https://json-schema.org/draft/2020-12/vocab/"

  /// The one of this URI, or nil.
  init?(uri: String) {
    guard uri.hasPrefix(Self.prefix) else { return nil }
    self.init(rawValue: String(uri.dropFirst(Self.prefix.count)))
  }
}

typealias Dialect = Set<Vocabulary>

extension Dialect {
  static let draft = Dialect(Vocabulary.allCases)
}
