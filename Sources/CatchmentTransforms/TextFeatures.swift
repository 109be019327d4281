/// A text as numbers for a classifier: its words and their parts of three letters, hashed to places.
struct TextFeatures {
  static let places = 1 << 15
  private static let mostWords = 200

  /// What a word adds, so that a decision can be told by words.
  struct Word {
    var text: String
    var places: [Int]
  }

  let words: [Word]
  /// Each place has this weight as often as it is there: together they have length 1, about.
  let weight: Float

  init(_ text: String) {
    let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.prefix(Self.mostWords)
    self.words = words.map { Word(text: String($0), places: Self.places(of: $0)) }
    let count = self.words.reduce(0) { $0 + $1.places.count }
    weight = count > 0 ? 1 / Float(count).squareRoot() : 0
  }

  private static func places(of word: Substring) -> [Int] {
    let bytes = [UInt8(ascii: "<")] + word.utf8 + [UInt8(ascii: ">")]
    let parts = (0..<max(0, bytes.count - 2)).map { place(of: bytes[$0..<($0 + 3)], 1) }
    return [place(of: bytes[...], 0)] + parts
  }

  /// FNV-1a.
  private static func place(of bytes: ArraySlice<UInt8>, _ seed: UInt64) -> Int {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return Int((hash ^ hash >> 32) % UInt64(places))
  }
}
