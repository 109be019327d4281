import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The status command` {
  /// A run that cannot go on until it is told to: its standard input is a pipe that the test holds open.
  private final class Paused {
    let process: Process
    private let feed: FileHandle

    init(_ place: Workplace) throws {
      let file = "\(place.path)/slow.yaml"
      try Data(
        """
        version: 1
        name: slow
        extract: { csv: { path: "-" } }
        load: { duckdb: { path: "\(place.path)/out.duckdb", table: t } }
        """.utf8
      ).write(to: URL(filePath: file))
      let input = Pipe()
      process = try Program.start(
        ["run", file, "--home", place.home], input: input)
      feed = input.fileHandleForWriting
      try feed.write(contentsOf: Data("id\n1\n".utf8))
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    func goOn() throws -> Int32 {
      try feed.close()
      process.waitUntilExit()
      return process.terminationStatus
    }
  }

  private func status(_ place: Workplace) throws -> [[String: Any]] {
    let outcome = try place.run("status", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.objects
  }

  /// What is told of the one run there is, once it has planned.
  private func told(_ place: Workplace, _ run: Paused) throws -> [String: Any] {
    while run.process.isRunning {
      if let one = try status(place).first, one["total_units"] as? Int == 1 { return one }
    }
    throw CancellationError()
  }

  @Test func `tells of a run that holds the home, and leaves it alone`() throws {
    let place = try Workplace()
    let run = try Paused(place)
    let told = try told(place, run)
    #expect(told["name"] as? String == "slow")
    #expect(told["command"] as? String == "run")
    #expect(told["status"] as? String == "running")
    #expect(told["stage"] as? String == "reading")
    #expect(told["units"] as? Int == 0)
    #expect(told["total_bytes"] is NSNull)
    #expect(told["pid"] as? Int == Int(run.process.processIdentifier))
    #expect(told["peak_memory_bytes"] as? Int ?? 0 > 1 << 20)
    let page = try place.run("status")
    #expect(page.output.contains("slow") && page.output.contains("running"), "\(page.output)")
    #expect(try run.goOn() == 0)
    #expect(try status(place).isEmpty)
    #expect(try place.run("status").output == "Nothing is running.\n")
  }

  @Test func `tells a killed run as stopped, until it is run again`() throws {
    let place = try Workplace()
    let run = try Paused(place)
    _ = try told(place, run)
    kill(run.process.processIdentifier, SIGKILL)
    run.process.waitUntilExit()
    let stopped = try #require(try status(place).first)
    #expect(stopped["status"] as? String == "stopped")
    #expect(stopped["bytes_per_second"] is NSNull)
    let again = try Paused(place)
    #expect(try again.goOn() == 0)
    #expect(try status(place).isEmpty)
  }

  @Test func `shows it again until nothing runs`() throws {
    let place = try Workplace()
    let run = try Paused(place)
    _ = try told(place, run)
    let pipe = Pipe()
    let watch = try Program.start(["status", "--watch", "--home", place.home], output: pipe)
    var first = ""
    while !first.contains("slow") {
      let more = pipe.fileHandleForReading.availableData
      try #require(!more.isEmpty, "the watch has ended: \(first)")
      first += String(decoding: more, as: UTF8.self)
    }
    #expect(watch.isRunning)
    #expect(try run.goOn() == 0)
    let rest = try pipe.fileHandleForReading.readToEnd() ?? Data()
    watch.waitUntilExit()
    #expect(watch.terminationStatus == 0)
    #expect(String(decoding: rest, as: UTF8.self).hasSuffix("Nothing is running.\n"))
  }

  @Test func `tells nothing of an import that is over`() throws {
    let place = try Workplace()
    #expect([0, 3].contains(try place.importAll().status))
    #expect(try status(place).isEmpty)
  }
}
