import ArgumentParser
import Catchment
import CatchmentArchives

/// What an archive may come to.
struct ExtractionOptions: ParsableArguments {
  @Option(help: "How many archives within archives are opened; none unless told.")
  var nested = 0

  @Option(help: "How many times as large as the archive its members may be, all together.")
  var maxRatio = ArchiveLimits().ratio

  @Option(help: "How many members there may be.")
  var maxEntries = ArchiveLimits().entries

  @Option(help: "The most that all members may come to, such as 20GB.")
  var maxBytes: ByteSize?

  @Flag(help: "Pass over links; else an archive with links is refused.")
  var skipLinks = false

  @Flag(name: .shortAndLong, help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    if nested < 0 { throw ValidationError("--nested is \(nested); it must be 0 or more.") }
    if maxRatio < 1 { throw ValidationError("--max-ratio is \(maxRatio); it must be 1 or more.") }
    if maxEntries < 1 {
      throw ValidationError("--max-entries is \(maxEntries); it must be 1 or more.")
    }
  }

  /// Runs a piece of work with these limits, and a line that tells how far it is.
  func unpacking(
    _ work: @escaping @Sendable (Extractor) throws(CatchmentError) -> Extractor.Contents
  ) async throws -> Extractor.Contents {
    let line = TransferLine(isOn: !quiet && Terminal.Stream.error.isTerminal)
    defer { line.stop() }
    var extractor = Extractor()
    extractor.limits.depth = nested
    extractor.limits.ratio = maxRatio
    extractor.limits.entries = maxEntries
    extractor.limits.totalBytes = maxBytes.map { Int64($0.bytes) }
    extractor.isSkippingLinks = skipLinks
    extractor.progress = { line.show($0.consumed, of: $0.size) }
    return try await Interruption.watch { [extractor] in try work(extractor) }
  }
}

/// What an archive held, for people and scripts.
struct ContentsPage {
  let archive: String
  let contents: Extractor.Contents

  private var links: String {
    contents.skippedLinks == 0 ? "" : ", \(contents.skippedLinks) links passed over"
  }

  /// - Parameter verb: what was done with it: `is whole`.
  func text(_ verb: String) -> String {
    let files = contents.files == 1 ? "1 file" : "\(contents.files) files"
    return "\(archive) \(verb): \(files), \(Figures.bytes(contents.bytes))\(links)".safe
  }

  func json(_ folder: String? = nil) -> JSON {
    let members = contents.members.map { member, size in
      JSON([
        "path": .text(member.path), "folder": .boolean(member.isFolder), "bytes": .integer(size),
      ])
    }
    return JSON([
      "archive": .text(archive), "into": folder.map(JSON.text) ?? .null,
      "files": .integer(contents.files), "bytes": .integer(contents.bytes),
      "skipped_links": .integer(contents.skippedLinks), "members": .array(members),
    ])
  }
}
