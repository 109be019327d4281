/// A few words that values are compared with, together in memory.
struct WordList {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  init(_ words: [String]) {
    for word in words {
      bytes += word.utf8
      ends.append(bytes.count)
    }
  }

  var isEmpty: Bool { ends.isEmpty }

  func contains(_ value: UnsafeRawBufferPointer) -> Bool {
    bytes.withUnsafeBytes { bytes in
      var first = 0
      for end in ends {
        if end - first == value.count, value.elementsEqual(bytes[first..<end]) { return true }
        first = end
      }
      return false
    }
  }
}
