import Foundation
import Testing

/// `catchment extract` and `verify`, of archives that Python and the shell make.
@Suite struct `The archive commands` {
  private let work: String

  init() throws {
    work = FileManager.default.temporaryDirectory.appending(path: "archive-\(UUID())").path
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
  }

  /// A ZIP of one member of a size, deflated.
  private func zip(_ name: String, member: String, megabytes: Int) throws -> String {
    let program = """
      import os, random, sys, zipfile
      line = b"".join(b"%013d\\tMAIN ST\\t%d\\r\\n" % (n, n * n) for n in range(40000))[:1000000]
      with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
          z.writestr(sys.argv[2], line * int(sys.argv[3]))
      """
    let path = "\(work)/\(name)"
    let made = try Program.run(
      ["python3", "-c", program, path, member, "\(megabytes)"], of: "/usr/bin/env",
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    try #require(made.status == 0, "\(made.errors)")
    return path
  }

  @Test func `unpack, verify and tell what there was`() throws {
    defer { try? FileManager.default.removeItem(atPath: work) }
    let archive = try zip("a.zip", member: "in/land.txt", megabytes: 3)
    let verified = try Program.run(["verify", archive])
    #expect(verified.status == 0 && verified.output == "\(archive) is whole: 1 file, 3.00 MB\n")
    let unpacked = try Program.run(["extract", archive, "--into", "\(work)/into", "--json"])
    #expect(unpacked.status == 0, "\(unpacked.errors)")
    #expect(unpacked.object["bytes"] as? Int == 3_000_000)
    let size = try FileManager.default.attributesOfItem(atPath: "\(work)/into/in/land.txt")[.size]
    #expect(size as? Int == 3_000_000)
    let again = try Program.run(["extract", archive, "--into", "\(work)/into"])
    #expect(again.status == 1)
    #expect(again.errors.contains("into/in/land.txt is there already"))
    let missing = try Program.run(["extract", archive, "--into", "\(work)/x", "--only", "no.txt"])
    #expect(missing.status == 6)
  }

  @Test func `refuse what leads out, with its name and exit code 4`() throws {
    defer { try? FileManager.default.removeItem(atPath: work) }
    let archive = try zip("a.zip", member: "../out.txt", megabytes: 1)
    for command in [["extract", archive, "--into", "\(work)/into"], ["verify", archive]] {
      let outcome = try Program.run(command)
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("../out.txt"), "\(outcome.errors)")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: work) == ["a.zip"])
  }

  @Test(.enabled(if: SmallDisk.isPossible, "needs the right to mount a file system"))
  func `leave nothing behind on a disk that is full, and unpack when there is room`() throws {
    defer { try? FileManager.default.removeItem(atPath: work) }
    let archive = try zip("a.zip", member: "land.txt", megabytes: 6)
    let outcome = try SmallDisk.running(
      ["extract", archive, "--into"], "into", on: "\(work)/disk", bytes: 4 << 20)
    #expect(outcome.status == 7, "\(outcome.errors)")
    #expect(outcome.errors.contains("no space is left"), "\(outcome.errors)")
    #expect(outcome.output == "left: \n")
    let roomy = try SmallDisk.running(
      ["extract", archive, "--quiet", "--into"], "into", on: "\(work)/disk", bytes: 16 << 20)
    #expect(roomy.status == 0 && roomy.output == "left: into into/land.txt\n")
  }
}
