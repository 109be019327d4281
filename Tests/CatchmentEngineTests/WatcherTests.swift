import Catchment
import CatchmentConversations
import CatchmentTesting
import Foundation
import Synchronization
import Testing

@testable import CatchmentEngine

/// A watch over a workspace's files, and what it told.
private struct RunningWatch {
  let task: Task<CatchmentError?, Never>
  private let events: AsyncStream<Watcher.Event>

  init(_ work: Workspace, _ roots: [String]? = nil) {
    let (events, feed) = AsyncStream<Watcher.Event>.makeStream()
    self.events = events
    var options = Watcher.Options()
    options.interval = 0.05
    options.settling = 0.01
    let watcher = Watcher(
      home: work.home, sources: [work.source], importing: .init(memory: 256 << 20, threads: 2),
      options: options)
    let roots = roots ?? [work.files.path]
    task = Task {
      defer { feed.finish() }
      do throws(CatchmentError) {
        try await watcher.run(roots) { feed.yield($0) }
        return nil
      } catch {
        return error
      }
    }
  }

  /// Waits for an import after which `isReached` holds of what all imports together did.
  func imports(until isReached: (Totals) -> Bool) async -> Totals {
    var totals = Totals()
    for await event in events {
      guard case .imported(let report) = event else { continue }
      totals.imports += 1
      totals.read += report.records.read
      totals.vanished += report.unitsVanished
      if isReached(totals) { break }
    }
    return totals
  }

  func stop() async -> CatchmentError? {
    task.cancel()
    return await task.value
  }

  struct Totals {
    var imports = 0
    var read = 0
    var vanished = 0
  }
}

@Suite(.timeLimit(.minutes(20))) struct `A watch` {
  private static func line(_ number: Int, session: String = "s") -> String {
    """
    {"type":"user","uuid":"00000000-0000-4000-8000-\(String(number + 1_000_000_000_000).suffix(12))",\
    "sessionId":"\(session)","timestamp":"2026-03-01T10:00:00Z",\
    "message":{"role":"user","content":"\(number)"}}

    """
  }

  private func append(_ text: String, to file: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  @Test func `brings the tables to where a fresh import would`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.line(1), to: "p/a.jsonl")
    let watch = RunningWatch(work)
    var totals = await watch.imports { $0.read == 1 }
    #expect(totals.read == 1)
    for number in 2...30 { try append(Self.line(number), to: "\(work.files.path)/p/a.jsonl") }
    try work.files.write(Self.line(100, session: "t"), to: "q/new/b.jsonl")
    totals = await watch.imports { $0.read == 30 }
    // A file written anew, and another under its old name.
    try work.files.write(
      Self.line(200, session: "u") + Self.line(201, session: "u"), to: "q/c.part")
    try FileManager.default.moveItem(
      atPath: "\(work.files.path)/q/c.part", toPath: "\(work.files.path)/q/c.jsonl")
    totals = await watch.imports { $0.read == 2 }
    #expect(totals.read == 2)
    #expect(await watch.stop()?.code == .interrupted)
    let fresh = try Workspace(ClaudeCodeSource(), files: work.files)
    try await fresh.importAll()
    #expect(try work.checksums() == fresh.checksums())
    #expect(try work.number("SELECT count(*) FROM messages") == 33)
  }

  @Test func `keeps what is deleted, and says that it is gone`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.line(1), to: "a.jsonl")
    try work.files.write(Self.line(2, session: "t"), to: "b.jsonl")
    let watch = RunningWatch(work)
    _ = await watch.imports { $0.read == 2 }
    try work.files.remove("a.jsonl")
    _ = await watch.imports { $0.vanished == 1 }
    #expect(await watch.stop()?.code == .interrupted)
    #expect(try work.number("SELECT count(*) FROM messages") == 2)
    #expect(
      try work.texts("SELECT status FROM catchment.units ORDER BY path") == ["vanished", "present"])
  }

  @Test func `takes up a place that was not there`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let watch = RunningWatch(work, ["\(work.files.path)/not/yet"])
    _ = await watch.imports { $0.imports == 1 }
    try work.files.write(Self.line(1), to: "not/yet/a.jsonl")
    _ = await watch.imports { $0.read == 1 }
    #expect(await watch.stop()?.code == .interrupted)
    #expect(try work.number("SELECT count(*) FROM messages") == 1)
  }

  @Test func `waits for another run, and goes on after it`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(Self.line(1), to: "a.jsonl")
    try await work.importAll()
    try append(Self.line(2), to: "\(work.files.path)/a.jsonl")
    let lock = try HomeLock(work.home)
    let (postponed, feed) = AsyncStream<Void>.makeStream()
    let (imported, done) = AsyncStream<Int>.makeStream()
    let watcher = Watcher(home: work.home, sources: [work.source])
    let roots = [work.files.path]
    let task = Task {
      try await watcher.run(roots) { event in
        switch event {
        case .postponed(let error, _) where error.code == .locked: feed.yield()
        case .imported(let report): done.yield(report.records.read)
        default: break
        }
      }
    }
    var waits = postponed.makeAsyncIterator()
    _ = await waits.next()
    lock.release()
    var reads = imported.makeAsyncIterator()
    #expect(await reads.next() == 1)
    task.cancel()
    await #expect(throws: CatchmentError.interrupted) { try await task.value }
  }

  @Test func `is one for a home`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    let watch = RunningWatch(work)
    _ = await watch.imports { $0.imports == 1 }
    let second = RunningWatch(work)
    let refusal = await second.task.value
    #expect(refusal?.code == .locked)
    #expect(
      refusal?.message == "another `catchment watch` (process \(getpid())) imports into "
        + "\(work.home.path) already")
    #expect(await watch.stop()?.code == .interrupted)
  }
}
