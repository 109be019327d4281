import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Testing

@testable import CatchmentEngine

@Suite struct `A cancelled import` {
  private static let line =
    #"{"type":"user","sessionId":"s","timestamp":"2026-03-01T10:00:00Z","message":{"content":""#
    + String(repeating: "x", count: 4_000) + #""}}"# + "\n"

  /// Runs `body` in a task that has been cancelled.
  private func cancelled<R: Sendable>(
    _ body: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await body()
    }
    task.cancel()
    return try await task.value
  }

  @Test func `ends inside a large file, not only between files`() async throws {
    let directory = try TemporaryDirectory()
    try directory.write(String(repeating: Self.line, count: 4_000), to: "large.jsonl")
    let unit = Unit(
      source: "s", path: "\(directory.path)/large.jsonl",
      fingerprint: .init(size: Int64(Self.line.utf8.count) * 4_000, modified: 0))
    await #expect(throws: CatchmentError.interrupted) {
      try await cancelled {
        _ = try UnitReader(ClaudeCodeSource(), spill: directory.path).read(
          unit, after: nil, importedAt: 0)
      }
    }
  }

  @Test func `is listed as interrupted, and goes on when run again`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.line, to: "a.jsonl")
    await #expect(throws: CatchmentError.interrupted) {
      try await cancelled { try await work.importAll() }
    }
    #expect(try work.texts("SELECT status FROM catchment.runs") == ["interrupted"])
    #expect(try await work.importAll().records.read == 1)
  }
}
