import Catchment
import CatchmentArchives
import CatchmentTesting
import Foundation
import Testing

/// Archives made to harm, each refused with a reason, with nothing written anywhere.
@Suite struct `A hostile archive` {
  struct Attack: CustomTestStringConvertible {
    var testDescription: String
    /// What the refusal says.
    var reason: String
    var depth = 0
    /// Its file's name and bytes.
    var make: @Sendable (TemporaryDirectory) throws -> String
  }

  private static func zip(_ what: String, _ reason: String, _ members: [CraftedZIP.Member])
    -> Attack
  {
    Attack(testDescription: what, reason: reason) { directory in
      try directory.write(CraftedZIP.make(members), to: "attack.zip")
      return "\(directory.path)/attack.zip"
    }
  }

  private static func archive(
    _ what: String, _ reason: String, _ format: ArchiveMaker.Format = .tar, depth: Int = 0,
    _ entries: @escaping @Sendable () throws -> [ArchiveMaker.Entry]
  ) -> Attack {
    Attack(testDescription: what, reason: reason, depth: depth) { directory in
      let path = "\(directory.path)/attack.\(format.rawValue)"
      try ArchiveMaker.make(try entries(), format, at: path)
      return path
    }
  }

  private static func same(_ mebibytes: Int) -> [UInt8] {
    [UInt8](repeating: 65, count: mebibytes << 20)
  }

  /// Layers of archives of copies of archives: each layer is small and the whole is not.
  private static func layers(_ count: Int) throws -> [ArchiveMaker.Entry] {
    let directory = try TemporaryDirectory()
    var bytes = same(8)
    for layer in 0..<count {
      let path = "\(directory.path)/\(layer).zip"
      let copies = (0..<16).map { ArchiveMaker.Entry(name: "\($0)", bytes: bytes) }
      try ArchiveMaker.make(layer == 0 ? [copies[0]] : copies, .zip, at: path)
      bytes = Array(try Data(contentsOf: URL(filePath: path)))
    }
    return (0..<16).map { .init(name: "\($0).zip", bytes: bytes) }
  }

  static let attacks: [Attack] = [
    zip("a path out of the folder", "leads out", [.init(name: "../../etc/passwd")]),
    zip("such a path in the middle", "leads out", [.init(name: "a/../../b")]),
    zip("such a path with backslashes", "leads out", [.init(name: "a\\..\\..\\b")]),
    zip("an absolute path", "is absolute", [.init(name: "/tmp/catchment-absolute")]),
    zip("a path with a drive", "is absolute", [.init(name: "C:/windows/system.ini")]),
    zip("a path of a network", "is absolute", [.init(name: "\\\\host\\share")]),
    zip(
      "a name twice", "stands twice", [.init(name: "a", bytes: [1]), .init(name: "a", bytes: [2])]),
    zip("a name twice, once with a dot", "stands twice", [.init(name: "a"), .init(name: "./a")]),
    zip(
      "members that share bytes", "shares bytes",
      [
        .init(name: "a", bytes: Array("abcdefgh".utf8)),
        .init(name: "a", bytes: Array("abcdefgh".utf8), offset: 0),
      ]),
    zip(
      "a member over the next", "shares bytes",
      [
        .init(name: "a", bytes: [1, 2], packed: 20), .init(name: "b", bytes: [3, 4]),
      ]),
    zip("another name in its own header", "another name", [.init(name: "safe", ownName: "evil")]),
    zip("a member outside of the archive", "outside", [.init(name: "a", offset: 9_000_000)]),
    zip("a member longer than the archive", "outside", [.init(name: "a", packed: 9_000_000)]),
    zip("an encrypted member", "is encrypted", [.init(name: "secret", bytes: [1], flags: 1)]),
    zip("a wrong checksum", "cannot be unpacked", [.init(name: "a", bytes: [1, 2, 3], crc: 7)]),
    zip("no name", "has no name", [.init(name: "")]),
    zip("a name of 300 bytes", "too long", [.init(name: String(repeating: "n", count: 300))]),
    zip(
      "100 folders", "more than 64 folders",
      [
        .init(name: String(repeating: "f/", count: 100) + "x")
      ]),
    archive("a symbolic link out", "is a link") {
      [.init(name: "l", mode: 0o120777, symlink: "/etc"), .init(name: "l/passwd", bytes: [1])]
    },
    archive("a symbolic link within", "is a link") {
      [.init(name: "l", mode: 0o120777, symlink: "a")]
    },
    archive("a symbolic link in a ZIP", "is a link", .zip) {
      [.init(name: "l", mode: 0o120777, symlink: "../..")]
    },
    archive("a hard link", "is a link") { [.init(name: "h", hardlink: "/etc/passwd")] },
    archive("a device", "is no file") { [.init(name: "null", mode: 0o020666)] },
    archive("a pipe", "is no file") { [.init(name: "pipe", mode: 0o010666)] },
    archive("a path out of a tar", "leads out", .tarGzip) { [.init(name: "../x", bytes: [1])] },
    archive("an absolute path in a tar", "is absolute") { [.init(name: "/x", bytes: [1])] },
    archive("a path out of a 7z", "leads out", .sevenZip) {
      [.init(name: "a/../../x", bytes: [1])]
    },
    archive("a name twice in a tar", "stands twice") {
      [.init(name: "a", bytes: [1]), .init(name: "a", bytes: [2])]
    },
    archive("a ZIP of 80 MiB of one letter", "seldom does", .zip) {
      [.init(name: "z", bytes: same(80))]
    },
    archive("a gzip of 80 MiB of one letter", "seldom does", .gzip) {
      [.init(name: "", bytes: same(80))]
    },
    archive("an xz of 80 MiB of one letter", "seldom does", .xz) {
      [.init(name: "", bytes: same(80))]
    },
    archive("layers that come to 32 GiB", "seldom does", .zip, depth: 5) { try layers(3) },
    archive("a path out of an archive within", "leads out", .zip, depth: 1) {
      [.init(name: "in.zip", bytes: CraftedZIP.make([.init(name: "../../x", bytes: [1])]))]
    },
  ]

  @Test(arguments: attacks)
  func `is refused, and nothing is written`(attack: Attack) throws {
    let directory = try TemporaryDirectory()
    let path = try attack.make(directory)
    var extractor = Extractor()
    extractor.limits.depth = attack.depth
    let before = try Self.tree(directory.path)
    for unpack in [
      { try extractor.extract(path, into: "\(directory.path)/a/into") },
      { try extractor.verify(path) },
    ] {
      try FileManager.default.createDirectory(
        atPath: "\(directory.path)/a", withIntermediateDirectories: true)
      let error = #expect(throws: CatchmentError.self) { _ = try unpack() }
      #expect(error?.message.contains(attack.reason) == true, "\(String(describing: error))")
      try FileManager.default.removeItem(atPath: "\(directory.path)/a")
    }
    #expect(try Self.tree(directory.path) == before)
    #expect(!FileManager.default.fileExists(atPath: "/tmp/catchment-absolute"))
  }

  @Test func `of more members than are allowed is refused`() throws {
    let directory = try TemporaryDirectory()
    let members = (0..<40).map { CraftedZIP.Member(name: "\($0)") }
    try directory.write(CraftedZIP.make(members), to: "many.zip")
    var extractor = Extractor()
    extractor.limits.entries = 39
    let error = #expect(throws: CatchmentError.self) {
      try extractor.verify("\(directory.path)/many.zip")
    }
    #expect(error?.message.hasSuffix("has 40 members, more than 39") == true)
  }

  @Test func `does not reach through a link that lies in the folder`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(CraftedZIP.make([.init(name: "way/x", bytes: [1])]), to: "a.zip")
    for name in ["outside", "into"] {
      try FileManager.default.createDirectory(
        atPath: "\(directory.path)/\(name)", withIntermediateDirectories: true)
    }
    try FileManager.default.createSymbolicLink(
      atPath: "\(directory.path)/into/way", withDestinationPath: "../outside")
    let error = #expect(throws: CatchmentError.self) {
      try Extractor().extract("\(directory.path)/a.zip", into: "\(directory.path)/into")
    }
    #expect(error?.code == .refused)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/outside") == [])
  }

  private static func tree(_ path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
  }
}
