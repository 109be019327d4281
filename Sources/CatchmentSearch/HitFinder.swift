/// Finds where the terms of a question stand in a text.
struct HitFinder {
  struct Place {
    /// In the bytes of the text.
    var range: Range<Int>
    /// Which of the terms.
    var term: Int
  }

  /// More of a text than these words is not looked at: a snippet needs no more.
  private static let longest = 200_000

  private let terms: [SearchTerm]

  init(_ terms: [SearchTerm]) { self.terms = terms }

  /// In the order of the text; none overlaps another.
  func places(in text: UnsafeRawBufferPointer) -> [Place] {
    guard !terms.isEmpty else { return [] }
    let words = words(of: text)
    var places: [Place] = []
    var end = 0
    for index in words.indices where words[index].range.lowerBound >= end {
      guard let place = place(at: index, words) else { continue }
      places.append(place)
      end = place.range.upperBound
    }
    return places
  }

  private typealias Word = (bytes: [UInt8], range: Range<Int>)

  /// The words, each with the ones that it is a part of beside it.
  private func words(of text: UnsafeRawBufferPointer) -> [(Word, whole: Word?, range: Range<Int>)] {
    var words: [(Word, whole: Word?, range: Range<Int>)] = []
    var scanner = WordScanner()
    scanner.scan(text) { word in
      let found = (bytes: Array(word.bytes), range: word.place)
      if word.isWhole, let last = words.indices.last {
        words[last].whole = found
      } else {
        words.append((found, nil, word.place))
      }
      return words.count < Self.longest
    }
    return words
  }

  private func place(at index: Int, _ words: [(Word, whole: Word?, range: Range<Int>)]) -> Place? {
    for (number, term) in terms.enumerated() {
      let end = index + term.words.count
      guard end <= words.count else { continue }
      var range = words[index].range
      let isThere = term.words.enumerated().allSatisfy { offset, wanted in
        let isLast = offset == term.words.count - 1
        let (word, whole, _) = words[index + offset]
        for found in [word, whole].compactMap(\.self)
        where found.bytes == wanted || (isLast && term.isBegun && found.bytes.starts(with: wanted))
        {
          range = range.lowerBound..<found.range.upperBound
          return true
        }
        return false
      }
      if isThere { return Place(range: range, term: number) }
    }
    return nil
  }
}
