/// A piece of a text around what was looked for, with the hits marked.
public struct Snippet: Sendable {
  /// A piece of it, on one line.
  public struct Part: Sendable {
    public var text: String
    public var isHit: Bool
  }

  public private(set) var parts: [Part] = []

  /// As plain text.
  public var text: String { parts.map(\.text).joined() }

  /// About `width` characters of `text`, from where most of the terms stand near each other.
  init(of text: String, terms: [SearchTerm], width: Int) {
    var text = text
    let found = text.withUTF8 { HitFinder(terms).places(in: UnsafeRawBufferPointer($0)) }
    let window = Self.window(text, found, width)
    var end = window.lowerBound
    if end > 0 { parts.append(Part(text: "…", isHit: false)) }
    for place in found where place.range.lowerBound >= end {
      guard place.range.upperBound <= window.upperBound else { break }
      add(text, end..<place.range.lowerBound, isHit: false)
      add(text, place.range, isHit: true)
      end = place.range.upperBound
    }
    add(text, end..<window.upperBound, isHit: false)
    if window.upperBound < text.utf8.count { parts.append(Part(text: "…", isHit: false)) }
  }

  /// Any white space becomes one space.
  private mutating func add(_ text: String, _ range: Range<Int>, isHit: Bool) {
    let bytes = text.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: range.lowerBound)
    let piece = text[start..<bytes.index(start, offsetBy: range.count)]
    var clean = ""
    for character in piece {
      guard character.isWhitespace else {
        clean.append(character)
        continue
      }
      if clean.last.map({ $0 != " " }) ?? (parts.last?.text.last != " ") { clean.append(" ") }
    }
    if !clean.isEmpty { parts.append(Part(text: clean, isHit: isHit)) }
  }

  /// The bytes to show: whole characters, from the place with the most terms within reach.
  private static func window(_ text: String, _ found: [HitFinder.Place], _ width: Int) -> Range<Int>
  {
    var best = (start: found.first?.range.lowerBound ?? 0, terms: 0)
    for (index, place) in found.enumerated() {
      let reach = place.range.lowerBound + width * 2 / 3
      let terms = Set(found[index...].prefix { $0.range.lowerBound < reach }.map(\.term)).count
      if terms > best.terms { best = (place.range.lowerBound, terms) }
    }
    let start = boundary(text, near: best.start - width / 4)
    return start..<boundary(text, near: max(start + width, found.first?.range.upperBound ?? 0))
  }

  /// A place between two characters, at a space when one is near.
  private static func boundary(_ text: String, near offset: Int) -> Int {
    let bytes = text.utf8
    guard offset > 0 else { return 0 }
    guard offset < bytes.count else { return bytes.count }
    let place = bytes.index(bytes.startIndex, offsetBy: offset)
    let near = text[..<place].suffix(12)
    if let space = near.lastIndex(where: \.isWhitespace) {
      return bytes.distance(from: bytes.startIndex, to: text.index(after: space))
    }
    return bytes.distance(from: bytes.startIndex, to: near.endIndex.samePosition(in: text) ?? place)
  }
}
