import Catchment
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// What every source is put through: damaged files, of which nothing may get lost.
enum Hostility {
  /// Imports `count` files made of `files` by flipping, cutting and splicing, and expects that every
  /// record is accounted for and that the tables are the same when they are made again.
  static func expectConservation(
    of source: some Source, damaging files: [(name: String, bytes: [UInt8])], count: Int = 300,
    seed: UInt64
  ) async throws {
    var random = SeededRandom(seed: seed)
    let work = try Workspace(source)
    for number in 0..<count {
      let file = files[random.below(files.count)]
      var bytes = file.bytes
      if random.below(4) == 0 { splice(&bytes, files[random.below(files.count)].bytes, &random) }
      for _ in 0...random.below(3) { damage(&bytes, &random) }
      try work.files.write(bytes, to: "\(number % 7)/\(number)/\(file.name)")
    }
    try await expectConservation(work)
  }

  /// Puts the end of one file behind the beginning of another.
  private static func splice(
    _ bytes: inout [UInt8], _ other: [UInt8], _ random: inout SeededRandom
  ) {
    let (end, start) = (random.below(bytes.count + 1), random.below(other.count + 1))
    bytes = Array(bytes[..<end] + other[start...])
  }

  /// Every record has exactly one row in the ledger, at its place; or it is the
  /// last one, has no end, and waits.
  ///
  /// What was kept is sound and gives the same tables again.
  static func expectConservation(_ work: Workspace) async throws {
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.problems == [])
    let rows = try work.rows(
      """
      SELECT path, list((line, byte_offset, length)::VARCHAR ORDER BY line)::VARCHAR
      FROM catchment.units LEFT JOIN catchment.raw_records USING (unit_id) GROUP BY 1
      """)
    var unfinished = 0
    #expect(rows.count == report.unitsCommitted)
    for row in rows {
      let path = try #require(row[0].text)
      let bytes = Array(try Data(contentsOf: URL(filePath: path)))
      let expected = places(in: bytes, work.source.framing(of: path))
      let actual = row[1].text ?? ""
      if actual == text(expected.lines) { continue }
      unfinished += 1
      #expect(!expected.isTerminated)
      #expect(actual == text(expected.lines.dropLast()), "\(path)")
    }
    #expect(unfinished == report.unfinished)
    #expect(
      try work.number("SELECT count(*) FROM catchment.raw_records") == report.records.read)
    #expect(
      try work.number("SELECT count(*) FROM dead_letters") == report.records.deadLettered)
    #expect(try RawCheck(home: work.home, sources: [work.source]).run().isSound)
    let imported = try work.copy()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    let tables = try work.checksums().differences(from: imported.checksums())
    let differences = try tables.flatMap { try work.difference(from: imported, in: $0) }
    #expect(tables == [], "\(differences.prefix(4).joined(separator: "\n"))")
  }

  /// A whole file without the white space, and the byte-order mark, around it.
  private static func document(_ bytes: [UInt8]) -> [String] {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let isSpace: (UInt8) -> Bool = { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
    guard let first = bytes[start...].firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return ["(1, \(first), \(last - first + 1))"]
  }

  private static func text(_ places: some Collection<String>) -> String {
    places.isEmpty
      ? "['(NULL, NULL, NULL)']" : "[\(places.map { "'\($0)'" }.joined(separator: ", "))]"
  }

  /// Where a plain reader finds records: number, offset, length.
  private static func places(
    in bytes: [UInt8], _ framing: Framing
  ) -> (lines: [String], isTerminated: Bool) {
    guard framing == .lines else { return (document(bytes), true) }
    var lines: [String] = []
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var number = 0
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let last = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
      if !bytes[start..<last].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
        lines.append("(\(number), \(start), \(last - start))")
      }
      start = end + 1
    }
    return (lines, bytes.last == 0x0A)
  }

  /// Damages some bytes as disks, programs and people do.
  static func damage(_ line: inout [UInt8], _ random: inout SeededRandom) {
    guard !line.isEmpty else { return }
    let place = random.below(line.count)
    let length = min(random.below(40) + 1, line.count - place)
    switch random.below(6) {
    case 0: line[place] ^= 1 << UInt8(random.below(8))
    case 1: line.removeSubrange(place..<place + length)
    case 2:
      let marks = Array("{}[]:,\"\\0123eE+-. \t\r\n\u{0}tfn".utf8) + [0xFF, 0xC0, 0xED, 0xA0]
      line.insert(marks[random.below(marks.count)], at: place)
    case 3: line.insert(contentsOf: Array(line[place..<place + length]), at: place)
    case 4: line.swapAt(place, random.below(line.count))
    default: line.removeSubrange(place...)
    }
  }
}
