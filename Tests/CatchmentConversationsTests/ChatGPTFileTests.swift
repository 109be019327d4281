import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Crypto
import Foundation
import Testing

/// The files of an export, and the conversations that point at them.
private struct Album {
  static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + Array("cat".utf8)
  static let wav: [UInt8] = Array("RIFF____WAVEfmt ".utf8)
  static let notes: [UInt8] = Array("to be read".utf8)

  /// A question with a picture of a cat that is attached too, a recording, and a note.
  static func talk(_ id: String = "c1", updated: Double = 1_700_000_100) -> String {
    var export = ChatGPTExport(id, updated: updated)
    export.say(
      "q", "user",
      content: #"{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","#
        + #""asset_pointer":"file-service://file-Cat1","width":1},"who is this?","#
        + #"{"content_type":"real_time_user_audio_video_asset_pointer","audio_asset_pointer":"#
        + #"{"asset_pointer":"sediment://file_0a?shared=1","format":"wav"}}]}"#,
      after: "root", then: ["a"],
      more: #","metadata":{"attachments":[{"id":"file-Cat1","name":"cat.png"},"#
        + #"{"id":"file-Gone","name":"gone.pdf"},{"id":"file-Note","name":"note.txt"}]}"#)
    export.say("a", "assistant", "a cat", after: "q")
    return export.json(current: "a")
  }

  static let files: [(name: String, bytes: [UInt8])] = [
    ("file-Cat1-cat.png", png), ("user-7x/file_0a-1b2c.wav", wav), ("file-Note.dat", notes),
    ("file-Other-dog.png", png + [1]), ("chat.html", notes),
  ]

  static func zip(
    _ talks: [String] = [talk()], _ files: [(name: String, bytes: [UInt8])] = files
  ) -> [UInt8] {
    let json = Array("[\(talks.joined(separator: ","))]".utf8)
    return StoredZIP(files: files + [("conversations.json", json)]).bytes
  }

  static func sha256(_ bytes: [UInt8]) -> String { Hex.text(Array(SHA256.hash(data: bytes))) }

  static func reference(_ bytes: [UInt8], _ type: String?) -> String {
    let type = type.map { #","media_type":"\#($0)""# } ?? ""
    return #""artifact":{"sha256":"\#(sha256(bytes))"\#(type),"bytes":\#(bytes.count)}"#
  }

  static let cat = reference(png, "image/png")
}

@Suite struct `A file of a ChatGPT export` {
  private func work(_ zip: [UInt8] = Album.zip()) throws -> Workspace {
    let work = try Workspace(ChatGPTSource())
    try work.files.write(zip, to: "export.zip")
    return work
  }

  private func content(_ work: Workspace, _ role: String = "user") throws -> String {
    try work.texts("SELECT content FROM messages WHERE role = '\(role)'").compactMap { $0 }
      .joined()
  }

  private func kept(_ work: Workspace) throws -> [String: Data] {
    var kept: [String: Data] = [:]
    let base = "\(work.home.raw)/artifacts"
    guard FileManager.default.fileExists(atPath: base) else { return [:] }
    for name in try FileManager.default.subpathsOfDirectory(atPath: base) {
      guard let bytes = FileManager.default.contents(atPath: "\(base)/\(name)"),
        (name as NSString).lastPathComponent.count > 10
      else { continue }
      kept[(name as NSString).lastPathComponent] = bytes
    }
    return kept
  }

  private func outcomes(_ work: Workspace) throws -> [String?] {
    try work.texts(
      "SELECT outcome || ' ' || count(*) FROM catchment.raw_records GROUP BY outcome ORDER BY 1")
  }

  private func payloads(_ work: Workspace) throws -> [String?] {
    try work.texts(
      "SELECT decode(payload) FROM read_parquet('\(work.home.raw)/chatgpt/*/*.parquet') ORDER BY line"
    )
  }

  private func expectAlbum(_ work: Workspace) throws {
    let expected = [Album.png, Album.wav, Album.notes]
    #expect(
      try kept(work)
        == Dictionary(uniqueKeysWithValues: expected.map { (Album.sha256($0), Data($0)) }))
    let text = try content(work)
    #expect(text.contains(#""asset_pointer":"file-service://file-Cat1",\#(Album.cat),"width":1"#))
    #expect(text.contains(#"{"id":"file-Cat1",\#(Album.cat),"name":"cat.png"}"#))
    let sound = Album.reference(Album.wav, "audio/wav")
    #expect(text.contains(#""sediment://file_0a?shared=1",\#(sound),"format""#))
    #expect(text.contains(#""id":"file-Note",\#(Album.reference(Album.notes, nil)),"name""#))
    #expect(text.contains(#"{"id":"file-Gone","name":"gone.pdf"}"#))
  }

  @Test func `is kept once, and content refers to it`() async throws {
    let work = try work()
    let report = try await Conservation.expect(work)
    #expect(report.records.read == 4 && report.records.loaded == 1 && report.records.updated == 3)
    try expectAlbum(work)
  }

  @Test func `is the same from a folder`() async throws {
    let (packed, unpacked) = (try work(), try Workspace(ChatGPTSource()))
    for (name, bytes) in Album.files { try unpacked.files.write(bytes, to: name) }
    try unpacked.files.write("[\(Album.talk())]", to: "conversations.json")
    try await Conservation.expect(packed)
    try await Conservation.expect(unpacked)
    try expectAlbum(unpacked)
    #expect(try content(unpacked) == content(packed))
    #expect(try payloads(unpacked) == payloads(packed))
  }

  @Test(arguments: [1, 400]) func `is the same in slices`(size: Int) async throws {
    let talks = (1...6).map { Album.talk("c\($0)") }
    let (whole, sliced) = (try work(Album.zip(talks)), try work(Album.zip(talks)))
    try await whole.importAll()
    var options = Importer.Options()
    options.sliceSize = size
    let report = try await Importer(home: sliced.home, sources: [sliced.source], options: options)
      .run([whole.files.path])
    #expect(report.records.isConserved && report.records.read == 24)
    #expect(try sliced.checksums().differences(from: whole.checksums()) == [])
  }

  @Test(arguments: [["old.zip", "new.zip"], ["new.zip", "old.zip"]])
  func `is not doubled by an export that overlaps`(order: [String]) async throws {
    let work = try Workspace(ChatGPTSource())
    // The older export lacks a file, the newer one a conversation.
    let older = Album.zip([Album.talk(), Album.talk("c2")], Array(Album.files.dropFirst()))
    try work.files.write(older, to: "old.zip")
    try work.files.write(Album.zip([Album.talk(updated: 1_700_000_900)]), to: "new.zip")
    for name in order {
      let report = try await work.importAll(["\(work.files.path)/\(name)"])
      #expect(report.records.isConserved)
    }
    let stepwise = try work.checksums()
    let together = try Workspace(ChatGPTSource(), files: work.files)
    try await Conservation.expect(together)
    #expect(try together.checksums().differences(from: stepwise) == [])
    #expect(try kept(work).count == 3)
    #expect(try outcomes(together) == ["duplicate 3", "loaded 2", "updated 5"])
    // What the older export alone has of the other conversation still points at nothing.
    #expect(
      try work.number("SELECT count(*) FROM messages WHERE contains(content::VARCHAR, 'image/png')")
        == 1)
    try await work.rebuild()
    #expect(try work.checksums().differences(from: stepwise) == [])
  }

  @Test func `is not taken again when nothing changed, and found when it came later`() async throws
  {
    let work = try Workspace(ChatGPTSource())
    try work.files.write("[\(Album.talk())]", to: "conversations.json")
    try await work.importAll()
    #expect(try !content(work).contains("artifact"))
    for (name, bytes) in Album.files { try work.files.write(bytes, to: name) }
    #expect(try await work.importAll().unitsSkipped == 1)
    #expect(try !content(work).contains("artifact"))
    try work.files.write("[\(Album.talk())]", to: "conversations.json")
    let report = try await work.importAll()
    #expect(report.records.isConserved && report.records.read == 3)
    try expectAlbum(work)
    try work.files.remove("file-Cat1-cat.png")
    try work.files.write("[\(Album.talk())]", to: "conversations.json")
    #expect(try await work.importAll().records.isConserved)
    try expectAlbum(work)
    let before = try work.checksums()
    try await work.rebuild()
    #expect(try work.checksums().differences(from: before) == [])
  }

  @Test func `is given back with the import that brought it`() async throws {
    let work = try Workspace(ChatGPTSource())
    try work.files.write("[\(Album.talk())]", to: "a/conversations.json")
    try await work.importAll()
    let before = try work.checksums()
    try work.files.write(Album.zip(), to: "b.zip")
    try await work.importAll()
    try expectAlbum(work)
    _ = try work.rollback("last")
    #expect(try work.checksums().differences(from: before) == [])
    #expect(try !content(work).contains("artifact"))
    #expect(try kept(work).count == 3)
    try await work.rebuild()
    #expect(try work.checksums().differences(from: before) == [])
    try await work.importAll()
    try expectAlbum(work)
  }

  @Test(arguments: [
    "../../../../tmp/file-Cat1-cat.png", "/file-Cat1-cat.png", "a\\..\\file-Cat1-cat.png",
    "conversations.json/../file-Cat1.", "file-Cat1",
  ]) func `may have any name in the archive, which is compared and not used`(
    name: String
  ) async throws {
    let work = try work(Album.zip([Album.talk()], [(name, Album.png)]))
    try await Conservation.expect(work)
    #expect(try kept(work).keys.elementsEqual([Album.sha256(Album.png)]))
    #expect(try content(work).contains(Album.cat))
  }

  @Test(arguments: ["file-Cat12-cat.png", "xfile-Cat1.png", "file-Cat1-cat.png/", "File-Cat1.png"])
  func `must begin with what points at it`(name: String) async throws {
    let work = try work(Album.zip([Album.talk()], [(name, Album.png)]))
    try await Conservation.expect(work)
    #expect(try kept(work).isEmpty)
    #expect(try !content(work).contains("artifact"))
  }

  @Test func `of a pointer that leads elsewhere is left alone`() async throws {
    var export = ChatGPTExport("c")
    export.say(
      "q", "user", "x", after: "root",
      more: #","metadata":{"attachments":[{"id":"chat"},{"id":"../secret"},{"id":"file-"}]}"#)
    let json = "[\(export.json(current: "q"))]"
    let work = try Workspace(ChatGPTSource())
    for name in ["chat.html", "secret", "file-.png"] { try work.files.write("x", to: name) }
    try work.files.write(json, to: "sub/conversations.json")
    try work.files.write(json, to: "conversations.json")
    try await Conservation.expect(work)
    #expect(try kept(work).isEmpty)
  }

  @Test func `behind a link is not followed`() async throws {
    let work = try Workspace(ChatGPTSource())
    try work.files.write("[\(Album.talk())]", to: "export/conversations.json")
    try work.files.write(Album.png, to: "elsewhere/secret")
    try FileManager.default.createSymbolicLink(
      atPath: "\(work.files.path)/export/file-Cat1.png",
      withDestinationPath: "\(work.files.path)/elsewhere/secret")
    try await Conservation.expect(work)
    #expect(try kept(work).isEmpty)
  }

  @Test(arguments: [true, false])
  func `that is too large becomes a dead letter that says so`(isPacked: Bool) async throws {
    let work = try Workspace(ChatGPTSource())
    if isPacked {
      try work.files.write(Album.zip(), to: "export.zip")
    } else {
      for (name, bytes) in Album.files { try work.files.write(bytes, to: name) }
      try work.files.write("[\(Album.talk())]", to: "conversations.json")
    }
    var options = Importer.Options()
    options.largestFile = Int64(Album.png.count)
    let report = try await Importer(home: work.home, sources: [work.source], options: options)
      .run([work.files.path])
    #expect(report.records.isConserved && report.records.deadLettered == 1)
    #expect(
      try work.texts("SELECT error_code || ': ' || error_message FROM dead_letters")
        == ["file_too_large: the file has more than 11 bytes, the most that is taken of it"])
    #expect(try kept(work).count == 2)
    #expect(try content(work).contains(#""sediment://file_0a?shared=1","format""#))
  }

  @Test func `that is damaged in the archive becomes a dead letter, and the others are kept`()
    async throws
  {
    var zip = Album.zip()
    let cat = try #require(zip.firstRange(of: Album.png))
    zip[cat.upperBound - 1] ^= 1
    let work = try work(zip)
    let report = try await Conservation.expect(work)
    #expect(report.records.deadLettered == 1 && report.records.updated == 2)
    #expect(
      try work.texts("SELECT error_code || ': ' || error_message FROM dead_letters")
        == ["file_unreadable: the file could not be read"])
    #expect(try Set(kept(work).keys) == Set([Album.wav, Album.notes].map(Album.sha256)))
    #expect(try content(work).contains(#""asset_pointer":"file-service://file-Cat1","width""#))
  }

  @Test func `is missed when it is no longer in the raw store`() async throws {
    let work = try work()
    try await work.importAll()
    let name = Album.sha256(Album.png)
    let path = "\(work.home.raw)/artifacts/\(name.prefix(2))/\(name)"
    try FileManager.default.removeItem(atPath: path)
    let damages = try RawCheck(home: work.home, sources: [work.source]).run().damages
    #expect(damages.map(\.location?.file) == [path])
    #expect(damages[0].message.hasSuffix("export.zip:2 tells of is not there"))
    // A new time is enough for the file to be looked for again.
    try work.files.write(Album.zip(), to: "export.zip")
    try await work.importAll()
    #expect(try RawCheck(home: work.home, sources: [work.source]).run().isSound)
  }

  @Test func `that a killed import left half arrived is removed by the next`() async throws {
    let work = try work()
    let arriving = "\(work.home.raw)/artifacts/arriving"
    try FileManager.default.createDirectory(
      atPath: arriving, withIntermediateDirectories: true)
    try Data("half".utf8).write(to: URL(filePath: "\(arriving)/x.part"))
    try await work.importAll()
    #expect(try FileManager.default.contentsOfDirectory(atPath: arriving) == [])
    try expectAlbum(work)
  }

  @Test func `cannot be claimed by what an export says`() async throws {
    let claim =
      #"{"catchment_file":{"conversation":"c1","pointer":"file-Cat1","name":"x","sha256":"#
      + #""\#(Album.sha256(Album.notes))","bytes":10}}"#
    let work = try work(Album.zip([Album.talk(), claim, " \(claim)"], []))
    let report = try await Conservation.expect(work)
    #expect(report.records.filtered == 1 && report.records.duplicate == 1)
    #expect(try !content(work).contains("artifact"))
  }

  @Test func `is seen by those that one tool's answer has`() async throws {
    var export = ChatGPTExport("c")
    export.say(
      "q", "assistant", content: #"{"content_type":"code","text":"a cat"}"#, after: "root",
      then: ["r"], more: #","recipient":"dalle.text2im""#)
    export.say(
      "r", "tool",
      content: #"{"content_type":"multimodal_text","parts":[{"content_type":"image_asset_pointer","#
        + #""asset_pointer":"file-service://file-Cat1"},{"content_type":"image_asset_pointer","#
        + #""asset_pointer":"file-service://file-Cat2"}]}"#, after: "q")
    let files = [
      ("dalle-generations/file-Cat1-a.webp", Album.png),
      ("dalle-generations/file-Cat2-b.webp", Album.png),
    ]
    let work = try work(Album.zip([export.json(current: "r")], files))
    try await Conservation.expect(work)
    #expect(try kept(work).count == 1)
    let output = try work.texts("SELECT tool_output FROM tool_calls").first ?? nil
    #expect(output?.components(separatedBy: Album.cat).count == 3)
  }
}
