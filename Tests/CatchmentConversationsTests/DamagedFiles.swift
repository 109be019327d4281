import Catchment
import CatchmentEngine
import CatchmentTesting
import Testing

/// Damaged copies of a platform's files, and what must hold whatever is in them.
struct DamagedFiles {
  let source: any Source
  /// A file's name and its bytes; copies bear the same name, in folders of their own.
  let originals: [(name: String, bytes: [UInt8])]

  /// Imports so many copies, each damaged in one to eight places or spliced with another.
  ///
  /// - Parameter least: how many records are to be read at least: half as many as there are copies.
  func check(copies: Int = 300, seed: UInt64 = 1, least: Int? = nil) async throws {
    var random = SeededRandom(seed: seed)
    let work = try Workspace(source)
    for copy in 0..<copies {
      let original = originals[random.below(originals.count)]
      var bytes = original.bytes
      for _ in 0...random.below(8) { bytes.damage(&random) }
      if random.below(5) == 0 {
        let other = originals[random.below(originals.count)].bytes
        bytes =
          bytes.prefix(random.below(bytes.count + 1)) + other.suffix(random.below(other.count))
      }
      try work.files.write(bytes, to: "\(copy)/\(original.name)")
    }
    let report = try await Conservation.expect(work)
    #expect(report.records.read > least ?? copies / 2)
  }
}

extension [UInt8] {
  /// Flips, cuts, inserts, doubles or swaps bytes at some place.
  mutating func damage(_ random: inout SeededRandom) {
    guard !isEmpty else { return }
    let place = random.below(count)
    let length = Swift.min(random.below(40) + 1, count - place)
    switch random.below(6) {
    case 0: self[place] ^= 1 << UInt8(random.below(8))
    case 1: removeSubrange(place..<place + length)
    case 2:
      let marks = Array("{}[]:,\"\\0123eE+-. \t\r\n\u{0}tfn".utf8) + [0xFF, 0xC0, 0xED, 0xA0]
      insert(marks[random.below(marks.count)], at: place)
    case 3: insert(contentsOf: Array(self[place..<place + length]), at: place)
    case 4: swapAt(place, random.below(count))
    default: removeSubrange(place...)
    }
  }
}
