import Foundation
import Testing

@Suite struct `The doctor` {
  private func check(_ name: String, _ place: Workplace, _ arguments: String...) throws -> (
    verdict: String?, finding: String, measured: [String: Any], status: Int32
  ) {
    let outcome = try Program.run(["doctor", "--json", "--home", place.home] + arguments)
    let check = try #require(outcome.objects.first { $0["check"] as? String == name })
    return (
      check["verdict"] as? String, check["finding"] as? String ?? "",
      check["measured"] as? [String: Any] ?? [:], outcome.status
    )
  }

  @Test func `finds conversations that are too old, when told what is too old`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let usual = try check("freshness", place)
    #expect(usual.verdict == "note")
    #expect(usual.status == 0)
    let hours = try #require((usual.measured["hours"] as? [String: Double])?["claude_code"])
    // The session is of 1 March 2026.
    let known = Date().timeIntervalSince1970 - 1_772_359_200
    #expect(abs(hours - known / 3_600) < 1)
    #expect(try check("freshness", place, "--max-age", "24h").status == 1)
    #expect(try check("freshness", place, "--max-age", "claude_code=1d").verdict == "problem")
    #expect(try check("freshness", place, "--max-age", "100000d").status == 0)
    let missing = try check("freshness", place, "--max-age", "codex=7d")
    #expect(missing.finding == "codex: there are no conversations")
    #expect(missing.status == 1)
  }

  @Test func `finds too many dead letters`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let usual = try check("error rate", place)
    #expect(usual.verdict == "ok", "of seven records a share says little")
    #expect(usual.measured["dead_letters"] as? Int == 1)
    #expect(usual.measured["records"] as? Int == 7)
    #expect(try check("error rate", place, "--max-error-rate", "5%").status == 1)
    #expect(try check("error rate", place, "--max-error-rate", "20%").status == 0)
    try place.append(Array(repeating: "{\"broken", count: 1_000))
    _ = try place.importAll()
    #expect(try check("error rate", place).verdict == "problem")
  }

  @Test func `finds raw files that are missing, damaged or not to be written to`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    let raw = "\(place.home)/raw"
    let names = FileManager.default.enumerator(atPath: raw)?.compactMap { $0 as? String } ?? []
    let file = "\(raw)/\(try #require(names.first { $0.hasSuffix(".parquet") }))"
    #expect(try check("raw store", place).verdict == "ok")
    let bytes = try Data(contentsOf: URL(filePath: file))
    try Data("PAR0".utf8).write(to: URL(filePath: file))
    #expect(try check("raw store", place).finding == "\(file) cannot be read")
    try bytes.write(to: URL(filePath: file))
    #expect(try check("raw store", place).status == 0)
    try FileManager.default.moveItem(atPath: file, toPath: "\(raw)/elsewhere")
    #expect(
      try check("raw store", place).finding == "\(raw) has no files, though records were read")
    try place.append([Transcripts.followUp])
    _ = try place.importAll()
    let missing = try check("raw store", place)
    #expect(missing.finding.hasPrefix("1 file missing, such as "))
    #expect(missing.status == 1)
  }

  @Test func `notes a home that others can look into`() throws {
    let place = try Workplace()
    _ = try place.importAll()
    #expect(try check("home", place).verdict == "ok")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: place.home)
    let open = try check("home", place)
    #expect(open.verdict == "note")
    #expect(open.status == 0)
  }
}
