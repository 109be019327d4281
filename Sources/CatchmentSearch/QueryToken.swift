/// A piece of a question: a word, a phrase, a filter or `OR`.
struct QueryToken {
  var text = ""
  var filter: String?
  var isExcluded = false
  var isAlternative = false

  /// The names that may stand before a colon; anything else with one is a word.
  private static let filters = Set(SearchSchema.facets + ["since", "until", "in"])

  /// What a text is made of; quotes that are not closed reach to the end.
  static func all(in text: String) -> [QueryToken] {
    var tokens: [QueryToken] = []
    var rest = text[...]
    while let first = rest.first {
      if first.isWhitespace {
        rest = rest.dropFirst()
      } else {
        tokens.append(next(&rest))
      }
    }
    return tokens
  }

  private static func next(_ rest: inout Substring) -> QueryToken {
    var token = QueryToken()
    if rest.first == "-", let second = rest.dropFirst().first, !second.isWhitespace, second != "-" {
      token.isExcluded = true
      rest = rest.dropFirst()
    }
    let name = rest.prefix { $0.isASCII && $0.isLetter }
    if filters.contains(String(name).lowercased()), rest.dropFirst(name.count).first == ":" {
      token.filter = String(name).lowercased()
      rest = rest.dropFirst(name.count + 1)
    }
    token.text = value(&rest, isQuoted: rest.first == "\"")
    token.isAlternative =
      !token.isExcluded && token.filter == nil && (token.text == "OR" || token.text == "|")
    return token
  }

  private static func value(_ rest: inout Substring, isQuoted: Bool) -> String {
    if isQuoted { rest = rest.dropFirst() }
    let value = rest.prefix { isQuoted ? $0 != "\"" : !$0.isWhitespace }
    rest = rest.dropFirst(value.count)
    if isQuoted { rest = rest.dropFirst() }
    // A star after the quote belongs to the phrase.
    guard isQuoted, rest.first == "*" else { return String(value) }
    rest = rest.dropFirst()
    return value + "*"
  }
}
