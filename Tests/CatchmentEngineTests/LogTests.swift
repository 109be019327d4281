import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Logging
import Synchronization
import Testing

@testable import CatchmentEngine

/// Lines that a logger wrote, as JSON reads them.
private final class Lines: Sendable {
  private let text = Mutex("")

  func logger(_ level: Logger.Level) -> Logger {
    Logger(label: "test") { _ in
      JSONLogHandler(level: level) { line in self.text.withLock { $0 += line } }
    }
  }

  var whole: String { text.withLock { $0 } }

  func objects() throws -> [[String: Any]] {
    try whole.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }
}

@Suite struct `A log` {
  @Test func `is a JSON object a line, whatever is in it`() throws {
    let lines = Lines()
    var logger = lines.logger(.info)
    logger[metadataKey: "run_id"] = "r1"
    logger.debug("not this")
    logger.info(
      "a \"quoted\"\nmessage",
      metadata: [
        "path": "/tmp/\u{1}\"x\"", "count": .stringConvertible(3),
        "share": .stringConvertible(0.5), "no": .stringConvertible(Double.nan),
        "flag": .stringConvertible(true), "list": ["a", .stringConvertible(1)],
        "tables": ["x": .stringConvertible(2)],
      ])
    let object = try #require(try lines.objects().first)
    #expect(try lines.objects().count == 1)
    #expect(object["message"] as? String == "a \"quoted\"\nmessage")
    #expect(object["level"] as? String == "info")
    #expect(object["run_id"] as? String == "r1")
    #expect(object["path"] as? String == "/tmp/\u{1}\"x\"")
    #expect(object["count"] as? Int == 3)
    #expect(object["share"] as? Double == 0.5)
    #expect(object["no"] is NSNull)
    #expect(object["flag"] as? Bool == true)
    #expect((object["list"] as? [Any])?.count == 2)
    #expect(object["tables"] as? [String: Int] == ["x": 2])
    let time = try #require(object["timestamp"] as? String)
    #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
  }

  @Test func `tells an import stage by stage, and nothing of what was said`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let good =
      #"{"type":"user","uuid":"u1","sessionId":"s","timestamp":"2026-03-01T10:00:00Z","#
      + #""message":{"role":"user","content":"the secret garden"}}"#
    try work.files.write("\(good)\n{\"secret\":\"garden\n", to: "a.jsonl")
    let lines = Lines()
    let importer = Importer(
      home: work.home, sources: [work.source], options: .init(memory: 256 << 20),
      logger: lines.logger(.debug))
    let report = try await importer.run([work.files.path])
    let objects = try lines.objects()
    #expect(objects.allSatisfy { $0["run_id"] as? String == report.runID })
    let stages = objects.compactMap { $0["stage"] as? String }
    #expect(Set(stages).isSuperset(of: ["plan", "load", "transform", "link", "reconcile"]))
    let end = try #require(objects.last)
    #expect(end["message"] as? String == "run ended")
    #expect(end["read"] as? Int == 2)
    #expect(end["loaded"] as? Int == 1)
    #expect(end["dead_lettered"] as? Int == 1)
    let letter = try #require(objects.first { $0["message"] as? String == "dead letter" })
    #expect(letter["path"] as? String == "\(work.files.path)/a.jsonl")
    #expect(letter["line"] as? Int == 2)
    let conversation = try #require(objects.first { $0["conversation_id"] != nil })
    #expect(
      conversation["conversation_id"] as? String
        == (try work.texts("SELECT conversation_id::VARCHAR FROM conversations")[0]))
    #expect(!lines.whole.contains("secret"))
  }

  @Test func `goes on in a new file when its own is renamed`() throws {
    let folder = try TemporaryDirectory()
    let file = try LogFile("\(folder.path)/log")
    file.write("one\n")
    try FileManager.default.moveItem(
      atPath: "\(folder.path)/log", toPath: "\(folder.path)/log.1")
    file.write("two\n")
    #expect(FileText.read("\(folder.path)/log.1") == "one\n")
    #expect(FileText.read("\(folder.path)/log") == "two\n")
  }

  @Test func `that cannot be opened is an error before anything is done`() {
    #expect(throws: CatchmentError.self) { try LogFile("/nowhere/at/all") }
  }
}

@Suite struct `The audit log` {
  @Test func `has each run with its counts and its time`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write("{\"broken\n", to: "a.jsonl")
    try await work.importAll()
    try work.rollback("last")
    let rows = try work.rows(
      """
      SELECT operation, status, details->>'read', (details->'deleted') IS NOT NULL,
        duration_ms BETWEEN 0 AND 3600000
      FROM audit_log ORDER BY id
      """)
    #expect(rows.map { $0[0].text } == ["import", "rollback"])
    #expect(rows.map { $0[1].text } == ["warning", "success"])
    #expect(rows[0][2].text == "1")
    #expect(rows[1][3].boolean == true)
    #expect(rows.allSatisfy { $0[4].boolean == true })
  }
}
