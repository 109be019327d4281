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
    try await Conservation.expect(work)
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
    try await Conservation.expect(work)
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
