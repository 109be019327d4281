public import Catchment

/// Unpacks archives, whoever made them: checks them, reads their members as streams, or writes them
/// into a folder.
///
/// ```swift
/// let extractor = Extractor()
/// try extractor.verify("county.zip")
/// try extractor.streamExtract("county.zip", where: { $0.path == "owners.txt" }) { _, bytes in … }
/// try extractor.extract("county.zip", into: "county")
/// ```
public struct Extractor: Sendable {
  public var limits = ArchiveLimits()
  /// Whether links are passed over; else an archive with one is refused.
  public var isSkippingLinks = false
  /// Whether files that are there already are replaced; else nothing is unpacked.
  public var isReplacing = false
  /// Told how far it is, about once a MiB.
  public var progress: @Sendable (Progress) -> Void = { _ in }

  public init() {}

  /// How far the reading of an archive is.
  public struct Progress: Sendable {
    /// Bytes of the archive that were read, and that there are.
    public var consumed: Int64
    public var size: Int64
    public var unpacked: Int64
  }

  /// What an archive holds.
  public struct Contents: Sendable {
    /// Each with the bytes that it really has.
    public var members: [(member: ArchiveMember, size: Int64)] = []
    public var skippedLinks = 0
    public var files: Int { members.count { !$0.member.isFolder } }
    public var bytes: Int64 { members.reduce(0) { $0 + $1.size } }
  }

  /// Reads the archive to its end without writing anything: every name, limit and checksum is then
  /// known to hold.
  @discardableResult
  public func verify(_ archive: String) throws(CatchmentError) -> Contents {
    try walk(archive, scratch: Self.temporary, isWanted: { _ in true }) {
      (_, reader, tell) throws(CatchmentError) in
      try reader.forEach { (bytes) throws(CatchmentError) in tell(bytes.count) }
    }
  }

  /// Hands out the bytes of the members that are wanted, piece by piece; nothing is written.
  @discardableResult
  public func streamExtract(
    _ archive: String, where isWanted: (ArchiveMember) -> Bool = { _ in true },
    _ body: (ArchiveMember, UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> Contents {
    try walk(archive, scratch: Self.temporary, isWanted: isWanted) {
      (member, reader, tell) throws(CatchmentError) in
      try reader.forEach { (bytes) throws(CatchmentError) in
        try body(member, bytes)
        tell(bytes.count)
      }
    }
  }

  /// Writes the members that are wanted below a folder, which is made when it is not there.
  ///
  /// All members are unpacked beside their places first. When one cannot be, or is refused, nothing is
  /// changed; a process that is killed leaves a folder that the next one removes.
  @discardableResult
  public func extract(
    _ archive: String, into folder: String, where isWanted: (ArchiveMember) -> Bool = { _ in true }
  ) throws(CatchmentError) -> Contents {
    let stage = try ExtractionStage(folder, archive: archive)
    let contents = try walk(archive, scratch: stage.path, isWanted: isWanted) {
      (member, reader, tell) throws(CatchmentError) in
      let file = try stage.open(member)
      try reader.forEach { (bytes) throws(CatchmentError) in
        try file.append(bytes)
        tell(bytes.count)
      }
      try file.finish()
    }
    for (member, _) in contents.members where member.isFolder { try stage.makeFolder(member.path) }
    try stage.publish(
      contents.members.map(\.member), isReplacing: isReplacing)
    return contents
  }

  private static let temporary = "/tmp"

  /// Goes through all members; `read` is asked for the files, and tells how many bytes each has.
  private func walk(
    _ archive: String, scratch: String, isWanted: (ArchiveMember) -> Bool,
    _ read: (ArchiveMember, ArchiveReader, (Int) -> Void) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> Contents {
    let reader = try ArchiveReader(
      archive, limits: limits, isSkippingLinks: isSkippingLinks, scratch: scratch)
    let size = Unit.Fingerprint.current(of: archive)?.size ?? 0
    var contents = Contents()
    while let member = try reader.next() {
      guard isWanted(member) else { continue }
      var bytes: Int64 = 0
      if !member.isFolder {
        try read(member, reader) { count in
          bytes += Int64(count)
          progress(
            Progress(
              consumed: min(reader.consumed, size), size: size, unpacked: reader.unpacked))
        }
      }
      contents.members.append((member, bytes))
    }
    contents.skippedLinks = reader.skippedLinks
    return contents
  }
}
