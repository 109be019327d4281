import Catchment
import CatchmentConversations
import CatchmentTesting
import Foundation
import Testing

@testable import CatchmentEngine

/// The kernel has a notice ready when the change that it is of returns, so nothing here waits.
@Suite(.enabled(if: DirectoryNotices() != nil, "needs the system's notices of changes"))
struct `Places that are watched` {
  private let folder: TemporaryDirectory
  private var path: String { folder.path }

  init() throws {
    folder = try TemporaryDirectory()
    try folder.write("one\n", to: "projects/a/one.jsonl")
  }

  private func places(_ roots: [String], limit: Int32 = .max) -> WatchedPlaces {
    WatchedPlaces(
      roots, sources: [ClaudeCodeSource()], pollInterval: 10,
      notices: DirectoryNotices(limit: limit))
  }

  private func append(_ text: String = "more\n", to name: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: "\(path)/\(name)"))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  private func move(_ name: String, to target: String) throws {
    try FileManager.default.moveItem(atPath: "\(path)/\(name)", toPath: "\(path)/\(target)")
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/\(name)", withDestinationPath: target)
  }

  @Test func `have changed when a file grew, appeared, got another name or went`() throws {
    let places = places(["\(path)/projects"])
    #expect(!places.takeChanges())
    try append(to: "projects/a/one.jsonl")
    #expect(places.takeChanges())
    #expect(!places.takeChanges())
    try folder.write("two\n", to: "projects/a/two.jsonl")
    #expect(places.takeChanges())
    try move("projects/a/two.jsonl", to: "projects/a/three.jsonl")
    #expect(places.takeChanges())
    try folder.remove("projects/a/three.jsonl")
    #expect(places.takeChanges())
    #expect(!places.takeChanges())
  }

  @Test func `have not changed when no source reads the file`() throws {
    let places = places(["\(path)/projects"])
    try folder.write("note\n", to: "projects/a/notes.txt")
    try folder.write("note\n", to: "elsewhere.jsonl")
    #expect(!places.takeChanges())
  }

  @Test func `have what is in a new folder, at once and later`() throws {
    let places = places(["\(path)/projects"])
    try folder.write("x\n", to: "projects/b/deep/two.jsonl")
    #expect(places.takeChanges())
    try append(to: "projects/b/deep/two.jsonl")
    #expect(places.takeChanges())
    try FileManager.default.createDirectory(
      atPath: "\(path)/projects/empty/too", withIntermediateDirectories: true)
    #expect(!places.takeChanges(), "there is nothing to import in an empty folder")
    try folder.write("x\n", to: "projects/empty/too/late.jsonl")
    #expect(places.takeChanges())
  }

  @Test func `keep a folder that gets another name, and lose one that leaves`() throws {
    let places = places(["\(path)/projects"])
    try move("projects/a", to: "projects/b")
    #expect(places.takeChanges())
    try append(to: "projects/b/one.jsonl")
    #expect(places.takeChanges())
    try move("projects/b", to: "outside")
    #expect(places.takeChanges())
    try append(to: "outside/one.jsonl")
    #expect(!places.takeChanges())
    #expect(places.directories == 1)
  }

  @Test func `have what is in a folder that could not be looked into before`() throws {
    try folder.write("x\n", to: "projects/shut/one.jsonl")
    let shut = "\(path)/projects/shut"
    let places = places(["\(path)/projects"])
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: shut)
    #expect(places.takeChanges())
  }

  @Test func `may be missing, and are watched when they appear, however deep`() throws {
    let places = places(["\(path)/later/on/projects", "\(path)/state.jsonl"])
    #expect(!places.takeChanges())
    try folder.write("unrelated\n", to: "other/x.jsonl")
    #expect(!places.takeChanges())
    try folder.write("x\n", to: "later/on/projects/s/one.jsonl")
    #expect(places.takeChanges())
    try append(to: "later/on/projects/s/one.jsonl")
    #expect(places.takeChanges())
    try folder.write("x\n", to: "state.jsonl")
    #expect(places.takeChanges())
    try append(to: "state.jsonl")
    #expect(places.takeChanges())
    try folder.remove("later")
    #expect(places.takeChanges())
    try folder.write("x\n", to: "later/on/projects/s/two.jsonl")
    #expect(places.takeChanges())
  }

  @Test func `are looked for again when a folder above them gets another name`() throws {
    let places = places(["\(path)/projects/a"])
    try move("projects", to: "moved")
    #expect(places.takeChanges())
    try append(to: "moved/a/one.jsonl")
    #expect(!places.takeChanges())
    try folder.write("x\n", to: "projects/a/two.jsonl")
    #expect(places.takeChanges())
    try append(to: "projects/a/two.jsonl")
    #expect(places.takeChanges())
  }

  @Test func `are followed through links, whose loops end`() throws {
    try folder.write("far\n", to: "far/away.jsonl")
    try folder.write("far\n", to: "target")
    try link("projects/linked", to: "\(path)/far")
    try link("projects/a/loop", to: "\(path)/projects")
    try link("projects/a/link.jsonl", to: "\(path)/target")
    let places = places(["\(path)/projects"])
    try append(to: "far/away.jsonl")
    #expect(places.takeChanges())
    try append(to: "target")
    #expect(places.takeChanges())
    #expect(places.directories <= 5)
  }

  @Test func `have a database's log, unless reading made it`() throws {
    let source = CursorSource()
    try folder.write("db", to: "state.vscdb")
    let places = WatchedPlaces(
      ["\(path)/state.vscdb"], sources: [source], pollInterval: 10)
    try folder.write("pages", to: "state.vscdb-wal")
    #expect(places.takeChanges())
    try folder.remove("state.vscdb-wal")
    #expect(places.takeChanges())
    try folder.write("", to: "state.vscdb-wal")
    #expect(!places.takeChanges())
    try folder.remove("state.vscdb-wal")
    #expect(!places.takeChanges())
  }

  @Test func `are looked at anew when the kernel has forgotten notices`() throws {
    let places = places(["\(path)/projects"])
    try folder.write("y", to: "projects/a/b.txt")
    let most =
      Int(FileText.read("/proc/sys/fs/inotify/max_queued_events")?.dropLast() ?? "") ?? 16_384
    let files = ["a.txt", "b.txt"].map { "\(path)/projects/a/\($0)" }
    for number in 0..<most + 10 {
      // Two in turn, for the kernel makes one of two equal notices.
      let file = try #require(fopen(files[number % 2], "a"))
      fputs("x", file)
      fclose(file)
    }
    try folder.write("x\n", to: "projects/lost/one.jsonl")
    #expect(places.takeChanges())
    try append(to: "projects/lost/one.jsonl")
    #expect(places.takeChanges())
  }

  @Test func `are polled when the system allows no more watches`() throws {
    let places = places(["\(path)/projects"], limit: 1)
    #expect(places.descriptor == nil)
    #expect(places.polled == ["\(path)/projects"])
    #expect(places.reasonToPoll?.contains("max_user_watches") == true)
    #expect(!places.pollChanged())
    try append(to: "projects/a/one.jsonl")
    #expect(places.pollChanged())
    #expect(!places.pollChanged())
    try folder.remove("projects/a/one.jsonl")
    #expect(places.pollChanged())
  }
}

@Suite struct `The mounts of a machine` {
  private let mounts = Mounts(
    """
    22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
    23 22 0:21 / /home/me/on\\040the\\040net rw shared:2 - nfs4 server:/x rw
    24 22 0:22 / /mnt/c rw - 9p drvfs rw
    25 24 0:23 / /mnt/c/local rw master:3 - tmpfs tmpfs rw
    26 22 0:24 / /mnt/s rw - fuse.sshfs host: rw
    half a line
    """)

  @Test(arguments: [
    ("/home/me/x", "ext4", false), ("/home/me/on the net/x", "nfs4", true),
    ("/home/me/on the network", "ext4", false), ("/mnt/c", "9p", true),
    ("/mnt/c/local/x", "tmpfs", false), ("/mnt/s/y", "fuse.sshfs", true),
  ])
  func `tell what lies on another machine`(path: String, type: String, isRemote: Bool) {
    #expect(mounts.type(of: path) == type)
    #expect(mounts.isRemote(path) == isRemote)
  }
}

@Suite struct `The schedule of a watch` {
  @Test func `imports five times a second not at all`() {
    var schedule = WatchSchedule(interval: 5, settling: 1)
    schedule.begin(at: 0)
    schedule.succeed()
    var imports: [Double] = []
    for tick in 1...300 {
      let now = Double(tick) * 0.2
      schedule.noteChange(at: now)
      if let due = schedule.due, due <= now {
        schedule.begin(at: now)
        imports.append(now)
      }
    }
    #expect(imports.count == 11 || imports.count == 12)
    #expect(zip(imports, imports.dropFirst()).allSatisfy { $1 - $0 >= 5 })
  }

  @Test func `waits for what is written together, and no longer`() {
    var schedule = WatchSchedule(interval: 5, settling: 1)
    #expect(schedule.due == -.infinity, "the first is at once")
    schedule.begin(at: 0)
    #expect(schedule.due == nil)
    schedule.noteChange(at: 100)
    schedule.noteChange(at: 100.5)
    #expect(schedule.due == 101)
  }

  @Test func `comes back after pauses that grow to a limit`() {
    var schedule = WatchSchedule(interval: 5, settling: 1)
    schedule.patience = (first: 1, most: 10)
    var pauses: [Double] = []
    for _ in 0..<6 {
      schedule.begin(at: 0)
      schedule.postpone(at: 0)
      pauses.append(schedule.due ?? 0)
    }
    #expect(pauses == [1, 2, 4, 8, 10, 10])
    schedule.begin(at: 0)
    schedule.succeed()
    #expect(schedule.due == nil)
  }
}
