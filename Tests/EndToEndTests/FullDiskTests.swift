import Foundation
import Testing

/// Imports that run out of room at many moments, and what they come to when there is room again.
///
/// `CATCHMENT_FULL_DISKS` says at how many sizes.
@Suite struct `An import that runs out of room` {
  private static let sizes =
    ProcessInfo.processInfo.environment["CATCHMENT_FULL_DISKS"].flatMap(Int.init) ?? 10

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func `on a small disk says so, and goes on when there is more`() throws {
    let trial = try FullDiskTrial()
    for size in trial.sizes(Self.sizes) {
      try trial.check("\(size) bytes of disk") { home in
        try SmallDisk(bytes: size).importing(trial.work.transcripts, thenCopyingTo: home)
      }
    }
    #expect(trial.failures > 0)
  }

  @Test func `in a file that may not grow says so, and goes on when it may`() throws {
    let trial = try FullDiskTrial()
    for size in trial.sizes(Self.sizes / 2) {
      try trial.check("files of \(size) bytes at most") { home in
        // The shell counts in blocks of 512 bytes.
        let script = #"ulimit -f "$1"; exec "$2" import --json --home "$3" "$4""#
        return try Program.run(
          ["-c", script, "sh", "\(size / 512)", Program.binary, home, trial.work.transcripts],
          of: "/bin/sh")
      }
    }
    #expect(trial.failures > 0)
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func `while it rebuilds keeps the old tables, and makes new ones when there is more`() throws {
    let trial = try FullDiskTrial()
    for room in trial.rooms(Self.sizes / 2) {
      let home = "\(trial.work.path)/home-\(UUID())"
      let outcome = try SmallDisk.running(
        ["rebuild", "--json"], withRoom: room, importing: trial.work.transcripts,
        thenCopyingTo: home)
      try trial.expectRefusal(outcome, "\(room) bytes of room")
      if outcome.status == 7 {
        #expect(try TableSums.of(home) == trial.expected, "\(room) bytes of room")
      }
      let again = try Program.run(["rebuild", "--json", "--home", home])
      #expect(again.status == 0, "\(again.errors)")
      try trial.expectImport(into: home, "\(room) bytes of room")
    }
    #expect(trial.failures > 0)
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func `while it rolls back has undone all or nothing`() throws {
    let trial = try FullDiskTrial()
    for room in trial.rooms(Self.sizes / 2) {
      let home = "\(trial.work.path)/home-\(UUID())"
      let outcome = try SmallDisk.running(
        ["rollback", "last", "--json"], withRoom: room, importing: trial.work.transcripts,
        thenCopyingTo: home)
      try trial.expectRefusal(outcome, "\(room) bytes of room")
      if outcome.status == 7 {
        #expect(try TableSums.of(home) == trial.expected, "\(room) bytes of room")
        let again = try Program.run(["rollback", "last", "--json", "--home", home])
        #expect(again.status == 0, "\(again.output)\(again.errors)")
      }
      try trial.expectImport(into: home, "\(room) bytes of room")
    }
    #expect(trial.failures > 0)
  }
}

/// A tree of transcripts, what it comes to undisturbed, and the attempts to import it.
private final class FullDiskTrial {
  let work: Workplace
  let expected: [String: String]
  private let needed: Int
  private(set) var failures = 0

  init() throws {
    work = try Workplace()
    try work.scatterForks(files: 24, lines: 200, text: 2_000)
    let undisturbed = try work.importAll()
    try #require(undisturbed.status == 3, "\(undisturbed.errors)")
    expected = try TableSums.of(work.home)
    needed = try Self.size(of: work.home)
  }

  /// From next to nothing to more than enough, anywhere within equal steps.
  func sizes(_ count: Int) -> [Int] {
    let step = needed * 5 / 4 / count
    return [64 << 10] + (1..<count).map { $0 * step + Int.random(in: 0..<step) }
  }

  /// What is left of a disk beside a home: from nothing to enough.
  func rooms(_ count: Int) -> [Int] { [0] + sizes(count).dropLast() }

  /// An attempt ends well or with exit code 7; another one then brings the tables to what they are
  /// undisturbed.
  func check(_ what: String, _ attempt: (String) throws -> Program.Outcome) throws {
    let home = "\(work.path)/home-\(UUID())"
    try expectRefusal(attempt(home), what)
    try expectImport(into: home, what)
    try FileManager.default.removeItem(atPath: home)
  }

  /// An import with room enough brings the tables to what they are undisturbed.
  func expectImport(into home: String, _ what: String) throws {
    let last = try Program.run(["import", "--home", home, "--json", work.transcripts])
    #expect([0, 3].contains(last.status), "\(what): \(last.output)\(last.errors)")
    #expect(try TableSums.of(home) == expected, "\(what)")
  }

  /// What ran out of room says so, and what to do.
  func expectRefusal(_ outcome: Program.Outcome, _ what: String) throws {
    if outcome.status == 7 {
      failures += 1
      let error = outcome.object["error"] as? [String: Any]
      #expect(error?["code"] as? String == "destination_unavailable", "\(what)")
      #expect(
        (error?["message"] as? String)?.hasPrefix("no space is left to") == true,
        "\(what): \(outcome.output)")
      #expect((error?["hint"] as? String)?.hasPrefix("free some space") == true, "\(what)")
    } else {
      #expect([0, 3].contains(outcome.status), "\(what): \(outcome.output)\(outcome.errors)")
    }
  }

  private static func size(of folder: String) throws -> Int {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return try names.reduce(0) { total, name in
      let size = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.size]
      return total + (size as? Int ?? 0)
    }
  }
}
