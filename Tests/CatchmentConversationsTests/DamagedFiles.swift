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
  /// Every record gets one outcome, nothing is left behind, and the raw store gives the same tables
  /// again.
  func check(copies: Int = 300, seed: UInt64 = 1) async throws {
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
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.problems == [])
    #expect(report.records.read > copies / 2)
    #expect(try work.number("SELECT count(*) FROM catchment.raw_records") == report.records.read)
    #expect(try work.number("SELECT count(*) FROM dead_letters") == report.records.deadLettered)
    for table in ["conversations", "messages", "tool_calls", "summaries"] {
      let key = try #require(source.tables.first { $0.name == table }?.key)
      #expect(
        try work.number("SELECT count(*) - count(DISTINCT \(key)) FROM \(table)") == 0, "\(table)")
    }
    #expect(try work.number(Self.circles) == 0)
    #expect(try RawCheck(home: work.home, sources: [source]).run().isSound)
    let before = try work.checksums()
    _ = try await Rebuild(home: work.home, sources: [source]).run()
    let after = try work.checksums()
    #expect(after.differences(from: before) == [], "\(before)\n\(after)")
  }

  /// Messages from which following parents comes to no end, or leaves their conversation.
  private static let circles = """
    WITH RECURSIVE up AS (
      SELECT message_id FROM messages m
      WHERE parent_message_id IS NULL OR parent_message_id NOT IN (SELECT message_id FROM messages)
      UNION
      SELECT m.message_id FROM messages m JOIN up ON m.parent_message_id = up.message_id)
    SELECT count(*) FROM messages WHERE message_id NOT IN (FROM up)
    """
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
