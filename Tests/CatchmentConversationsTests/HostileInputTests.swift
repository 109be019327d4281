import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `Hostile input` {
  @Test(arguments: UInt64(1)...4)
  func `is conserved when lines are damaged at random`(seed: UInt64) async throws {
    var random = SeededRandom(seed: seed)
    let lines = Self.lines
    let work = try Workspace(ClaudeCodeSource())
    for file in 0..<60 {
      var bytes: [UInt8] = []
      for _ in 0..<42 {
        var line = lines[random.below(lines.count)]
        line.damage(&random)
        bytes += line
        if random.below(200) > 0 { bytes.append(0x0A) }
      }
      try work.files.write(bytes, to: "p\(file % 7)/\(file).jsonl")
    }
    try await Self.expectConservation(work)
  }

  @Test(.enabled(if: Samples.has("json_test_suite"), "no samples: set CATCHMENT_SAMPLES"))
  func `is conserved when it is the JSON test suite`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let files = Samples.files(in: "json_test_suite", extension: "json")
    for file in files {
      let name = file.deletingPathExtension().lastPathComponent
      try FileManager.default.createSymbolicLink(
        atPath: "\(work.files.path)/\(name).jsonl", withDestinationPath: file.path)
    }
    #expect(files.count > 300)
    try await Self.expectConservation(work)
  }

  // MARK: Conservation

  /// Every line that is not blank has exactly one row in the ledger, at its place; or it is the
  /// last one, has no end, and waits.
  ///
  /// What was kept is sound and gives the same tables again.
  private static func expectConservation(_ work: Workspace) async throws {
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
      let expected = places(in: Array(try Data(contentsOf: URL(filePath: path))))
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
    let before = try work.checksums()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    #expect(try work.checksums().differences(from: before) == [])
  }

  private static func text(_ places: some Collection<String>) -> String {
    places.isEmpty
      ? "['(NULL, NULL, NULL)']" : "[\(places.map { "'\($0)'" }.joined(separator: ", "))]"
  }

  /// Where a plain reader finds lines: number, offset, length.
  private static func places(in bytes: [UInt8]) -> (lines: [String], isTerminated: Bool) {
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

  // MARK: Damage

  private static let lines: [[UInt8]] = {
    let samples = Samples.files(in: "claude_code", extension: "jsonl").flatMap { file in
      FileManager.default.contents(atPath: file.path)?.split(separator: 0x0A).map(Array.init) ?? []
    }
    let short = samples.filter { $0.count < 3_000 }
    return short.isEmpty ? own : short
  }()

  /// Lines for when there are no samples.
  private static var own: [[UInt8]] {
    (0..<40).flatMap { number in
      var transcript = Transcript(session: "00000000-0000-4000-8000-0000000000\(10 + number % 8)")
      transcript.user("question \(number)")
      transcript.response(
        "r\(number)",
        blocks: [Transcript.text("ü\\n"), Transcript.toolUse("toolu_\(number)", "Bash")],
        output: number, stop: "tool_use")
      transcript.result(of: "toolu_\(number)", "Exit code 1", isError: true)
      return transcript.lines.map { Array($0.utf8) }
    }
  }
}
