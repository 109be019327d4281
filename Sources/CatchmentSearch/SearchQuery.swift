public import Catchment

/// What a person looks for, in the words that they typed.
///
/// `parser "no such file" -test tool:Bash since:7d`: all of the words, a phrase, what must not
/// be there, and filters. `a OR b` is either. A word with `*` at its end stands for all that begin so.
public struct SearchQuery: Sendable {
  /// What SQLite is asked; nil when any document will do.
  let match: String?
  /// Microseconds since 1970.
  let times: Range<Int64>?
  /// What a hit is marked by.
  let terms: [SearchTerm]

  /// `now` is in microseconds since 1970.
  ///
  /// Throws `usage` for what cannot be answered.
  public init(_ text: String, now: Int64) throws(CatchmentError) {
    var parts = QueryParts()
    for token in QueryToken.all(in: text) { try parts.add(token, now: now) }
    guard parts.isPositive else {
      throw CatchmentError(
        .usage, "there is no word to search for", hint: "give at least one word or filter")
    }
    match = parts.match
    times = parts.times
    terms = parts.groups.flatMap(\.self)
  }
}

/// What has been read of a question.
private struct QueryParts {
  /// Of each group one term must be there.
  var groups: [[SearchTerm]] = []
  private var filters: [String: [SearchTerm]] = [:]
  private var columns: [String] = []
  private var exclusions: [String] = []
  private var from: Int64?
  private var until: Int64?
  private var joins = false

  var isPositive: Bool { !groups.isEmpty || !filters.isEmpty || times != nil }

  var times: Range<Int64>? {
    guard from != nil || until != nil else { return nil }
    let from = from ?? 0
    return from..<max(until ?? .max, from)
  }

  mutating func add(_ token: QueryToken, now: Int64) throws(CatchmentError) {
    if let name = token.filter {
      joins = false
      return try addFilter(name, token, now: now)
    }
    if token.isAlternative {
      joins = !groups.isEmpty
      return
    }
    guard let term = SearchTerm(token.text) else { return }
    if token.isExcluded {
      exclusions.append(Self.columns(SearchSchema.texts, [term]))
    } else if joins, let last = groups.indices.last {
      groups[last].append(term)
    } else {
      groups.append([term])
    }
    joins = false
  }

  private mutating func addFilter(
    _ name: String, _ token: QueryToken, now: Int64
  ) throws(CatchmentError) {
    switch name {
    case "since", "until":
      guard !token.isExcluded, let range = SearchTime.range(token.text, now: now) else {
        throw CatchmentError(
          .usage, "\(name):\(token.text) is no time",
          hint: "write a day such as 2026-03-01 (UTC), or so long ago, such as 12h, 7d or 4w")
      }
      if name == "since" { from = range.lowerBound } else { until = range.upperBound }
    case "in":
      guard !token.isExcluded, SearchSchema.texts.contains(token.text) else {
        throw CatchmentError(
          .usage, "in:\(token.text) is no place to search in",
          hint: "the places are \(SearchSchema.texts.joined(separator: ", "))")
      }
      columns.append(token.text)
    default:
      guard let term = SearchTerm(token.text) else { return }
      if token.isExcluded {
        exclusions.append(Self.columns([name], [term]))
      } else {
        filters[name, default: []].append(term)
      }
    }
  }

  /// As FTS5 reads it.
  var match: String? {
    let places = columns.isEmpty ? SearchSchema.texts : columns
    var all = groups.map { Self.columns(places, $0) }
    all += filters.sorted { $0.key < $1.key }.map { Self.columns([$0.key], $0.value) }
    guard !all.isEmpty else { return nil }
    let wanted = all.map { "(\($0))" }.joined(separator: " AND ")
    guard !exclusions.isEmpty else { return wanted }
    return "(\(wanted)) NOT (\(exclusions.map { "(\($0))" }.joined(separator: " OR ")))"
  }

  private static func columns(_ names: [String], _ terms: [SearchTerm]) -> String {
    "{\(names.joined(separator: " "))} : (\(terms.map(\.match).joined(separator: " OR ")))"
  }
}
