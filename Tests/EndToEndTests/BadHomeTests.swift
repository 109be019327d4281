import Foundation
import Testing

@Suite struct `A home in trouble` {
  @Test func `says which process holds the warehouse, and goes on when it is free`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let query = "SELECT 1 AS one; SELECT sum(i % 7) FROM range(1_000_000_000_000) t(i)"
    let output = Pipe()
    let holder = try Program.start(
      ["sql", "--write", "--format", "csv", "--home", place.home, query], output: output)
    // Not asked to end: a child of a thread that blocks signals blocks them too.
    defer { kill(holder.processIdentifier, SIGKILL) }
    // Once it answers it has the warehouse.
    try #require(try output.fileHandleForReading.read(upToCount: 3) == Data("one".utf8))
    let outcome = try place.importAll()
    #expect(outcome.status == 8, "\(outcome.output)\(outcome.errors)")
    let error = outcome.object["error"] as? [String: Any]
    #expect(error?["code"] as? String == "locked")
    let message = error?["message"] as? String
    #expect(
      message == "the warehouse \(place.home)/warehouse.duckdb is held by process "
        + "\(holder.processIdentifier)")
    #expect(try place.run("rebuild").status == 8)
    kill(holder.processIdentifier, SIGKILL)
    holder.waitUntilExit()
    try place.append([Transcripts.followUp])
    #expect(try place.importAll().status == 0)
  }

  @Test func `whose warehouse is held for a moment is waited for`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let output = Pipe()
    let query = "SELECT 1 AS one; SELECT sum(i % 7) FROM range(1_000_000_000_000) t(i)"
    let holder = try Program.start(
      ["sql", "--write", "--format", "csv", "--home", place.home, query], output: output)
    defer { kill(holder.processIdentifier, SIGKILL) }
    try #require(try output.fileHandleForReading.read(upToCount: 3) == Data("one".utf8))
    try place.append([Transcripts.followUp])
    let log = Pipe()
    let importing = try Program.start(
      ["import", "--home", place.home, "--log", "-", place.transcripts], errors: log)
    let waits = try #require(try log.fileHandleForReading.read(upToCount: 20))
    #expect(String(decoding: waits, as: UTF8.self).hasPrefix(#"{"timestamp":"#))
    kill(holder.processIdentifier, SIGKILL)
    importing.waitUntilExit()
    #expect(importing.terminationStatus == 0)
    #expect(try place.run("runs", "--json").objects.first?["records_read"] as? Int == 1)
  }

  @Test func `with a damaged raw file says so with exit code 9`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let raw = "\(place.home)/raw"
    let names = FileManager.default.enumerator(atPath: raw)?.compactMap { $0 as? String } ?? []
    let file = "\(raw)/\(try #require(names.first { $0.hasSuffix(".parquet") }))"
    var bytes = try Data(contentsOf: URL(filePath: file))
    bytes[60] ^= 4
    try bytes.write(to: URL(filePath: file))
    let check = try place.run("raw", "check")
    #expect(check.status == 9)
    #expect(check.errors.contains(file))
    let rebuild = try place.run("rebuild")
    #expect(rebuild.status == 9)
    #expect(rebuild.errors.contains("catchment raw check"))
    #expect(try place.run("stats").status == 0, "the tables are as they were")
  }

  @Test func `with a damaged warehouse says so with exit code 9`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let file = URL(filePath: "\(place.home)/warehouse.duckdb")
    var bytes = try Data(contentsOf: file)
    for index in 0..<12_288 { bytes[index] ^= 0x55 }
    try bytes.write(to: file)
    let outcome = try place.importAll()
    #expect(outcome.status == 9)
    #expect(try place.run("rebuild").status == 0)
    #expect(try place.importAll().status == 0)
  }
}

@Suite struct `A line of 100 MB` {
  private static let limit = 512 << 20

  private func workplace(megabytes: Int) throws -> Workplace {
    let text = String(repeating: "0123456789abcdef", count: megabytes << 16)
    return try Workplace([
      #"{"type":"user","uuid":"long","sessionId":"s","timestamp":"2026-03-01T10:00:00Z","#
        + #""message":{"role":"user","content":"\#(text)"}}"#
    ])
  }

  @Test func `is one message, within the memory that is allowed`() throws {
    let place = try workplace(megabytes: 100)
    let (status, peak) = try Program.peakMemory(
      ["import", "--home", place.home, "--memory", "512MiB", place.transcripts])
    #expect(status == 0)
    if let peak, !Program.countsLines { #expect(peak <= Self.limit) }
    // With `[{"type":"text","text":"` and `"}]` around it.
    let query = "SELECT strlen(content) - 27 AS n FROM messages"
    #expect(try place.run("sql", query, "--format", "csv").output == "n\n\(100 << 20)\n")
    #expect(try place.run("raw", "check").status == 0)
  }

  @Test func `is a dead letter where there is no room for it, and kept`() throws {
    let place = try workplace(megabytes: 60)
    let (status, peak) = try Program.peakMemory(
      ["import", "--home", place.home, "--memory", "192MiB", place.transcripts])
    #expect(status == 3)
    if let peak { #expect(peak <= 192 << 20) }
    let letter = try place.run("deadletters", "list", "--json").objects.first
    #expect(letter?["code"] as? String == "json_too_large")
    let retry = try place.run("deadletters", "retry", "--json", "--memory", "1GiB")
    #expect(retry.object["resolved"] as? Int == 1, "\(retry.output)\(retry.errors)")
  }
}
