import Foundation
import Testing

/// A watch that runs beside the test, and the lines that it prints.
private final class RunningWatch {
  private let process: Process
  private let pipe = Pipe()
  private var rest = Data()

  init(_ place: Workplace, _ arguments: String...) throws {
    process = try Program.start(
      ["watch", "--json", "--home", place.home, place.transcripts] + arguments, output: pipe)
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  /// The next line, as an object; waits for it.
  func next() throws -> [String: Any] {
    while true {
      if let end = rest.firstIndex(of: 0x0A) {
        let line = rest[rest.startIndex..<end]
        rest = rest[(end + 1)...]
        let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
        return try #require(object)
      }
      let more = pipe.fileHandleForReading.availableData
      try #require(!more.isEmpty, "the watch has ended")
      rest += more
    }
  }

  /// Waits until so many records were read in all; gives the number of imports that took.
  func read(_ records: Int) throws -> Int {
    var (read, imports) = (0, 0)
    while read < records {
      read += (try next()["records"] as? [String: Int])?["read"] ?? 0
      imports += 1
    }
    #expect(read == records)
    return imports
  }

  /// Processor time until now, in hundredths of a second.
  func ticks() throws -> Int {
    let path = "/proc/\(process.processIdentifier)/stat"
    let fields = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
    return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
  }

  @discardableResult
  func end(by signal: Int32) -> Int32 {
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    return process.terminationStatus
  }
}

@Suite(.timeLimit(.minutes(5))) struct `The watch command` {
  private func sumsOfFreshImport(_ place: Workplace) throws -> [String: String] {
    let home = "\(place.path)/fresh"
    let outcome = try Program.run(["import", "--json", "--home", home, place.transcripts])
    #expect([0, 3].contains(outcome.status), "\(outcome.errors)")
    return try TableSums.of(home)
  }

  private func add(_ lines: [String], as name: String, to place: Workplace) throws {
    let folder = "\(place.transcripts)/\(name)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: "\(folder)/s.jsonl"))
  }

  @Test(arguments: zip([SIGTERM, SIGINT], [143, 130] as [Int32]))
  func `imports what changes, and ends after a clean commit`(signal: Int32, code: Int32) throws {
    let place = try Workplace()
    let watch = try RunningWatch(place, "--interval", "200ms")
    #expect(try watch.next()["status"] as? String == "partial")
    try place.append([Transcripts.followUp])
    _ = try watch.read(1)
    let other = Transcripts.many(40, session: "22222222-2222-4333-8444-555555555555")
    try add(other, as: "new/deep", to: place)
    _ = try watch.read(40)
    // Under another name: the records are there already.
    try FileManager.default.moveItem(
      atPath: "\(place.transcripts)/new", toPath: "\(place.transcripts)/renamed")
    try FileManager.default.moveItem(
      atPath: "\(place.transcripts)/renamed", toPath: "\(place.transcripts)/new")
    try place.append(Transcripts.many(1, session: Transcripts.session))
    _ = try watch.read(1)
    #expect(watch.end(by: signal) == code)
    #expect(try TableSums.of(place.home) == sumsOfFreshImport(place))
  }

  private static let kills =
    ProcessInfo.processInfo.environment["CATCHMENT_KILLS"].flatMap(Int.init) ?? 6

  @Test func `that is killed goes on where it was when it is started again`() throws {
    let place = try Workplace()
    for round in 0..<Self.kills {
      let watch = try RunningWatch(place, "--interval", "100ms")
      if round > 0 { _ = try watch.next() }
      for _ in 0..<8 {
        try place.append(Transcripts.many(5, session: Transcripts.session))
        usleep(UInt32.random(in: 0...20_000))
      }
      watch.end(by: SIGKILL)
    }
    let last = try RunningWatch(place)
    _ = try last.next()
    #expect(last.end(by: SIGTERM) == 143)
    #expect(try TableSums.of(place.home) == sumsOfFreshImport(place))
    #expect(try place.run("doctor").status == 0)
  }

  @Test func `imports a file that is always written to once an interval`() throws {
    let place = try Workplace()
    let watch = try RunningWatch(place, "--interval", "1s")
    _ = try watch.next()
    let session = place.session
    let writer = Task {
      while !Task.isCancelled {
        try Workplace.append(Transcripts.many(1, session: Transcripts.session), to: session)
        try await Task.sleep(for: .milliseconds(20))
      }
    }
    for _ in 0..<3 { _ = try watch.next() }
    writer.cancel()
    #expect(watch.end(by: SIGTERM) == 143)
    let gaps = try place.run(
      "sql", "--format", "json",
      """
      SELECT epoch_ms(started_at) - epoch_ms(lag(started_at) OVER (ORDER BY run)) AS gap
      FROM catchment.runs QUALIFY gap IS NOT NULL
      """
    ).objects.compactMap { $0["gap"] as? Int }
    #expect(gaps.count >= 3)
    #expect(gaps.allSatisfy { $0 >= 950 }, "\(gaps)")
  }

  @Test func `lets other commands be used beside it`() throws {
    let place = try Workplace()
    let watch = try RunningWatch(place, "--interval", "100ms")
    _ = try watch.next()
    for _ in 0..<12 {
      try place.append(Transcripts.many(20, session: Transcripts.session))
      let count = try place.run("sql", "--format", "csv", "SELECT count(*) FROM messages")
      #expect(count.status == 0, "\(count.errors)")
    }
    _ = try watch.read(240)
    let second = try place.run("watch", place.transcripts)
    #expect(second.status == 8)
    #expect(second.errors.contains("another `catchment watch` (process "))
    watch.end(by: SIGTERM)
  }

  @Test func `does nothing while nothing changes`() throws {
    let place = try Workplace()
    try place.scatter(files: 20)
    let watch = try RunningWatch(place)
    _ = try watch.next()
    // Not to wait for anything: what is measured is a stretch of idle time.
    Thread.sleep(forTimeInterval: 0.5)
    let before = try watch.ticks()
    Thread.sleep(forTimeInterval: 2)
    #expect(try watch.ticks() - before <= 2)
    watch.end(by: SIGTERM)
  }

  @Test func `keeps what is deleted, and says that it is gone`() throws {
    let place = try Workplace()
    let watch = try RunningWatch(place, "--interval", "100ms")
    _ = try watch.next()
    try FileManager.default.removeItem(atPath: place.session)
    // Its line tells of no file that was read.
    #expect((try watch.next()["units"] as? [String: Int])?["committed"] == 0)
    watch.end(by: SIGTERM)
    let kept = try place.run(
      "sql", "--format", "csv",
      "SELECT (SELECT count(*) FROM messages) AS n, status FROM catchment.units")
    #expect(kept.output == "n,status\n4,vanished\n")
  }

  @Test func `watches for places that are not there yet`() throws {
    let place = try Workplace()
    let elsewhere = "\(place.path)/later/on"
    let watch = try RunningWatch(place, elsewhere, "--interval", "100ms")
    _ = try watch.next()
    try FileManager.default.createDirectory(
      atPath: elsewhere, withIntermediateDirectories: true)
    let lines = Transcripts.many(3, session: "22222222-2222-4333-8444-555555555555")
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: "\(elsewhere)/a.jsonl"))
    _ = try watch.read(3)
    watch.end(by: SIGTERM)
  }
}

@Suite struct `The figures of a run` {
  @Test func `is in its report, its log, a file for Prometheus and the list of runs`() throws {
    let place = try Workplace()
    let (log, figures) = ("\(place.path)/log.jsonl", "\(place.path)/catchment.prom")
    let outcome = try place.run(
      "import", place.transcripts, "--json", "--log", log, "--metrics-file", figures)
    #expect(outcome.status == 3)
    let metrics = try #require(outcome.object["metrics"] as? [String: Any])
    #expect(metrics["messages"] as? Int == 4)
    #expect(metrics["dead_letters"] as? Int == 1)
    #expect(((metrics["stage_seconds"] as? [String: Double])?["save"] ?? 0) > 0)
    let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["run_id"] as? String == outcome.object["run_id"] as? String)
    }
    #expect(lines.count >= 5)
    let text = try String(contentsOfFile: figures, encoding: .utf8)
    #expect(text.contains("catchment_run_records{outcome=\"dead_lettered\"} 1\n"))
    let run = try #require(try place.run("runs", "--metrics", "--json").objects.first)
    #expect((run["metrics"] as? [String: Any])?["messages"] as? Int == 4)
    #expect(try place.run("runs", "--metrics").output.contains("Transform"))
  }

  @Test func `goes to standard error when asked for there, and nowhere else`() throws {
    let place = try Workplace(Transcripts.clean)
    let outcome = try place.run("import", place.transcripts, "--log", "-", "--log-level", "debug")
    #expect(outcome.status == 0)
    #expect(outcome.errors.hasPrefix("{\"timestamp\":"))
    #expect(outcome.output.hasPrefix("Imported 1 file"))
    try place.append([Transcripts.followUp])
    #expect(try place.run("import", place.transcripts).errors == "")
    let verbose = try place.run("import", place.transcripts, "--verbose")
    #expect(verbose.output.contains("  plan "))
  }

  @Test func `says that a run failed`() throws {
    let place = try Workplace()
    let lock = try HeldLock(home: place.home)
    let (log, figures) = ("\(place.path)/log.jsonl", "\(place.path)/catchment.prom")
    let outcome = try place.run(
      "import", place.transcripts, "--log", log, "--metrics-file", figures)
    lock.release()
    #expect(
      try String(contentsOfFile: log, encoding: .utf8)
        .contains(#""message":"the run could not begin","code":"locked""#))
    #expect(outcome.status == 8)
    let text = try String(contentsOfFile: figures, encoding: .utf8)
    #expect(text.contains("catchment_run_success{command=\"import\"} 0\n"))
    #expect(text.contains("status=\"locked\""))
  }
}
