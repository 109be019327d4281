import Catchment
import CatchmentArchives
import CatchmentTesting
import Foundation
import Testing

@Suite struct `An archive` {
  private static let text = Array(String(repeating: "acct\tyr\tland_val\r\n", count: 5000).utf8)
  private static let entries: [ArchiveMaker.Entry] = [
    .init(name: "folder/", mode: 0o040755), .init(name: "folder/a.txt", bytes: text),
    .init(name: "./b.txt", bytes: [1, 2, 3]), .init(name: "c/empty.txt"),
  ]

  private static func made(
    _ format: ArchiveMaker.Format, in directory: TemporaryDirectory
  ) throws -> String {
    let path = "\(directory.path)/data.\(format.rawValue)"
    let entries = format.isBare ? [.init(name: "data", bytes: text)] : entries
    try ArchiveMaker.make(entries, format, at: path)
    return path
  }

  @Test(arguments: ArchiveMaker.Format.allCases)
  func `of every format is unpacked into a folder`(format: ArchiveMaker.Format) throws {
    let directory = try TemporaryDirectory()
    let archive = try Self.made(format, in: directory)
    let into = "\(directory.path)/into"
    let contents = try Extractor().extract(archive, into: into)
    let names = format.isBare ? ["data.csv"] : ["b.txt", "c/empty.txt", "folder/a.txt"]
    #expect(contents.members.filter { !$0.member.isFolder }.map(\.member.path).sorted() == names)
    let large = try Data(
      contentsOf: URL(filePath: "\(into)/\(format.isBare ? names[0] : names[2])"))
    #expect(Array(large) == Self.text)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: into).sorted()
        == (format.isBare ? names : ["b.txt", "c", "folder"]))
  }

  @Test(arguments: ArchiveMaker.Format.allCases)
  func `of every format is verified and streamed alike`(format: ArchiveMaker.Format) throws {
    let directory = try TemporaryDirectory()
    let archive = try Self.made(format, in: directory)
    var streamed: [UInt8] = []
    let contents = try Extractor().streamExtract(archive, where: { $0.path != "b.txt" }) {
      _, bytes in
      streamed += bytes
    }
    #expect(streamed == Self.text)
    let whole = try Extractor().verify(archive)
    #expect(whole.bytes == contents.bytes + (format.isBare ? 0 : 3))
  }

  @Test(arguments: [
    ArchiveMaker.Format.zip, .tarGzip, .gzip, .tarXZ, .xz, .zstd, .tarBzip2, .sevenZip,
  ])
  func `that is cut anywhere is told`(format: ArchiveMaker.Format) throws {
    let directory = try TemporaryDirectory()
    let whole = Array(try Data(contentsOf: URL(filePath: Self.made(format, in: directory))))
    for count in stride(from: 1, to: whole.count, by: max(whole.count / 60, 1)) {
      try directory.write(Array(whole[..<count]), to: "cut.\(format.rawValue)")
      #expect(throws: CatchmentError.self, "\(count) bytes") {
        try Extractor().verify("\(directory.path)/cut.\(format.rawValue)")
      }
    }
  }

  @Test(arguments: [ArchiveMaker.Format.zip, .gzip, .tarGzip, .sevenZip, .xz])
  func `with a wrong byte anywhere is never unpacked into something else`(
    format: ArchiveMaker.Format
  ) throws {
    let directory = try TemporaryDirectory()
    let whole = Array(try Data(contentsOf: URL(filePath: Self.made(format, in: directory))))
    var refused = 0
    for place in stride(from: 0, to: whole.count, by: max(whole.count / 120, 1)) {
      var bytes = whole
      bytes[place] ^= 0x15
      try directory.write(bytes, to: "bad.\(format.rawValue)")
      var large: [UInt8] = []
      do {
        try Extractor().streamExtract("\(directory.path)/bad.\(format.rawValue)") { member, bytes in
          if member.statedSize != 3 { large += bytes }
        }
        #expect(large == Self.text, "byte \(place)")
      } catch {
        refused += 1
      }
    }
    #expect(refused > 0)
  }

  @Test func `within an archive is opened as deep as the limits say`() throws {
    let directory = try TemporaryDirectory()
    let inner = try Self.made(.tarZstd, in: directory)
    let bytes = Array(try Data(contentsOf: URL(filePath: inner)))
    let outer = "\(directory.path)/outer.zip"
    try ArchiveMaker.make(
      [.init(name: "x/inner.tar.zst", bytes: bytes), .init(name: "plain.txt", bytes: [65])], .zip,
      at: outer)
    #expect(try Extractor().verify(outer).files == 2)
    var extractor = Extractor()
    extractor.limits.depth = 1
    let contents = try extractor.extract(outer, into: "\(directory.path)/into")
    #expect(
      contents.members.filter { !$0.member.isFolder }.map(\.member.path) == [
        "x/inner.tar.zst/folder/a.txt", "x/inner.tar.zst/b.txt", "x/inner.tar.zst/c/empty.txt",
        "plain.txt",
      ])
  }

  @Test func `of several gzip members is one file, and zeros behind them are nothing`() throws {
    let directory = try TemporaryDirectory()
    let one = Array(try Data(contentsOf: URL(filePath: Self.made(.gzip, in: directory))))
    try directory.write(one + one + [UInt8](repeating: 0, count: 512), to: "two.csv.gz")
    #expect(
      try Extractor().verify("\(directory.path)/two.csv.gz").bytes == Int64(2 * Self.text.count))
  }

  @Test func `leaves files alone that are there, unless they are to be replaced`() throws {
    let directory = try TemporaryDirectory()
    let archive = try Self.made(.zip, in: directory)
    let into = "\(directory.path)/into"
    try directory.write("mine", to: "into/b.txt")
    #expect { try Extractor().extract(archive, into: into) } throws: {
      ($0 as? CatchmentError)?.message == "\(into)/b.txt is there already"
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: into) == ["b.txt"])
    #expect(try String(contentsOfFile: "\(into)/b.txt", encoding: .utf8) == "mine")
    var extractor = Extractor()
    extractor.isReplacing = true
    try extractor.extract(archive, into: into)
    #expect(Array(try Data(contentsOf: URL(filePath: "\(into)/b.txt"))) == [1, 2, 3])
  }

  @Test func `passes over links when told to`() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/links.tar"
    try ArchiveMaker.make(
      [.init(name: "a", bytes: [7]), .init(name: "l", mode: 0o120777, symlink: "a")], .tar, at: path
    )
    var extractor = Extractor()
    extractor.isSkippingLinks = true
    let contents = try extractor.extract(path, into: "\(directory.path)/into")
    #expect(contents.files == 1)
    #expect(contents.skippedLinks == 1)
  }

  @Test func `with sizes of 64 bits is read`() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      CraftedZIP.make([.init(name: "a.txt", bytes: Self.text, packed: .max, isSizeIn64: true)]),
      to: "large.zip")
    #expect(try Extractor().verify("\(directory.path)/large.zip").bytes == Int64(Self.text.count))
  }

  @Test(arguments: [
    (0x0800 as UInt16, Array("Größe.txt".utf8), "Größe.txt"), (0, [0x81, 0x2E], "ü."),
  ])
  func `has names of UTF-8, or of the first PCs`(
    flags: UInt16, name: [UInt8], expected: String
  ) throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      CraftedZIP.make([.init(name: "", rawName: name, bytes: [1], flags: flags)]), to: "names.zip")
    #expect(
      try Extractor().verify("\(directory.path)/names.zip").members.map(\.member.path) == [expected]
    )
  }

  @Test func `that is none is told from one`() throws {
    let directory = try TemporaryDirectory()
    try directory.write("<html>not found</html>", to: "page.zip")
    try directory.write("", to: "empty.zip")
    try directory.write([UInt8](repeating: 0, count: 4096), to: "zeros.bin")
    for name in ["page.zip", "empty.zip", "zeros.bin"] {
      #expect(throws: CatchmentError.self) { try Extractor().verify("\(directory.path)/\(name)") }
    }
  }
}
