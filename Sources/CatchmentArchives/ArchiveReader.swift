internal import CArchive
public import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Goes through an archive's members one after another, and reads those that are wanted.
///
/// ZIP with ZIP64, tar, 7z, and tar or one file compressed by gzip, bzip2, xz or zstd. Every member is
/// held against the limits and the rules for names before it is handed out; checksums are checked
/// wherever a member is read to its end. One task uses it.
///
/// ```swift
/// let reader = try ArchiveReader("county.zip")
/// while let member = try reader.next() where member.path == "owners.txt" {
///   try reader.forEach { bytes in try use(bytes) }
/// }
/// ```
public final class ArchiveReader {
  static let chunk = 1 << 20
  /// `AE_IFREG` and `AE_IFDIR`, which are macros that Swift cannot read.
  private static let (regularFile, folder): (mode_t, mode_t) = (0o100000, 0o040000)

  /// As users know it: a file's path, or that of an archive within another.
  public let name: String
  private let path: String
  private let budget: ArchiveBudget
  private let depth: Int
  private let isSkippingLinks: Bool
  /// Where archives within are unpacked to be read.
  private let scratch: String
  private let archive: OpaquePointer
  private let gzip: GzipStream?
  private var entry: OpaquePointer?
  private var seen: [String: Bool] = [:]
  /// The beginning of the member, when it was looked at.
  private var head: [UInt8] = []
  private var cancellation = CancellationCheck()
  private var inner: (reader: ArchiveReader, file: ScratchFile)?
  /// Links that were passed over.
  public private(set) var skippedLinks = 0

  /// - Parameters:
  ///   - name: what the file is called to people, when that is not its path.
  ///   - isSkippingLinks: whether links are passed over; else an archive with one is refused.
  ///   - scratch: a directory for archives within the archive, when the limits allow such.
  ///
  /// Throws `sourceUnavailable` for a file that cannot be read or is no archive, `validation` for one
  /// that is refused.
  public convenience init(
    _ path: String, named name: String? = nil, limits: ArchiveLimits = .init(),
    isSkippingLinks: Bool = false, scratch: String = "/tmp"
  ) throws(CatchmentError) {
    let size = Unit.Fingerprint.current(of: path)?.size ?? 0
    try self.init(
      path, named: name ?? path, depth: 0,
      ArchiveBudget(limits, archive: name ?? path, size: size),
      isSkippingLinks, scratch)
  }

  private init(
    _ path: String, named name: String, depth: Int, _ budget: ArchiveBudget,
    _ isSkippingLinks: Bool, _ scratch: String
  ) throws(CatchmentError) {
    (self.path, self.name, self.depth, self.budget) = (path, name, depth, budget)
    (self.isSkippingLinks, self.scratch) = (isSkippingLinks, scratch)
    let kind = try ArchiveKind(of: path)
    if kind == .zip { try ZIPDirectory(path).check(budget.limits) }
    gzip = kind == .gzip ? try GzipStream(path) : nil
    guard let archive = archive_read_new() else {
      throw CatchmentError(.failed, "libarchive could not begin to read")
    }
    self.archive = archive
    kind.support(in: archive)
    let status =
      gzip.map { open(archive, reading: $0) }
      ?? archive_read_open_filename(archive, path, Self.chunk)
    if status < ARCHIVE_WARN { throw gzip?.failure ?? unreadable }
  }

  deinit { archive_read_free(archive) }

  /// How many bytes of the archive were read so far.
  public var consumed: Int64 { gzip?.consumed ?? archive_filter_bytes(archive, -1) }
  /// How many bytes were unpacked so far, those of archives within counted too.
  public var unpacked: Int64 { budget.bytes }

  // MARK: Members

  /// Goes to the next member; nil behind the last one.
  public func next() throws(CatchmentError) -> ArchiveMember? {
    if let member = try nextWithin() { return member }
    while true {
      head = []
      let status = NameLocale.use { archive_read_next_header(archive, &entry) }
      if status == ARCHIVE_EOF {
        try checkEnd()
        return nil
      }
      try check(status)
      guard let member = try member() else { continue }
      try budget.open(member.path, stated: member.statedSize ?? 0)
      guard depth < budget.limits.depth, !member.isFolder, try isArchive() else { return member }
      try enter(member)
      if let first = try nextWithin() { return first }
    }
  }

  /// The entry as a member; nil for what is passed over.
  private func member() throws(CatchmentError) -> ArchiveMember? {
    let isRaw = archive_format(archive) == ARCHIVE_FORMAT_RAW
    if isRaw { try checkRaw() }
    let written = isRaw ? Self.stem(of: name) : writtenName
    guard let path = try MemberName.checked(written, of: name, limits: budget.limits) else {
      return nil
    }
    guard try checkKind(path) else { return nil }
    let isFolder = archive_entry_filetype(entry) == Self.folder
    guard seen.updateValue(isFolder, forKey: path).map({ $0 && isFolder }) ?? true else {
      throw refusal(path, "its name stands twice")
    }
    let stated = archive_entry_size_is_set(entry) != 0 ? archive_entry_size(entry) : nil
    return ArchiveMember(path: path, isFolder: isFolder, statedSize: stated)
  }

  /// False for a link that is passed over.
  private func checkKind(_ path: String) throws(CatchmentError) -> Bool {
    if archive_entry_is_encrypted(entry) != 0 { throw refusal(path, "it is encrypted") }
    let kind = archive_entry_filetype(entry)
    let isLink = archive_entry_hardlink(entry) != nil || archive_entry_symlink(entry) != nil
    if isLink, isSkippingLinks {
      skippedLinks += 1
      return false
    }
    if isLink { throw refusal(path, "it is a link") }
    guard kind == Self.regularFile || kind == Self.folder || kind == 0 else {
      throw refusal(path, "it is no file: a device, a pipe or the like")
    }
    return true
  }

  /// To tar, zeros are an archive without members, whatever they were meant as.
  private func checkEnd() throws(CatchmentError) {
    let isTar = archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR
    guard isTar, seen.isEmpty, skippedLinks == 0 else { return }
    guard name.lowercased().contains(".tar") || name.lowercased().hasSuffix(".tgz") else {
      throw unknown
    }
  }

  /// Everything is a file to the format that stands for none.
  private func checkRaw() throws(CatchmentError) {
    let isCompressed = gzip != nil || archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE
    let stem = Self.stem(of: name).lowercased()
    guard isCompressed, !stem.hasSuffix(".tar"), !name.lowercased().hasSuffix(".tgz") else {
      throw unknown
    }
  }

  private var writtenName: String {
    let name = NameLocale.use {
      archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
    }
    guard let name else { return "" }
    if let text = String(validatingCString: name) { return text }
    return TextEncoding.cp437.string(of: UnsafeRawBufferPointer(start: name, count: strlen(name)))
  }

  /// What a compressed file is called without its last ending.
  private static func stem(of path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    guard let dot = file.lastIndex(of: "."), dot > file.startIndex else {
      return "\(file).unpacked"
    }
    return String(file[..<dot])
  }

  // MARK: Archives within

  private func isArchive() throws(CatchmentError) -> Bool {
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: ArchiveKind.signatureSize, alignment: 16)
    defer { buffer.deallocate() }
    var count = 0
    while count < buffer.count {
      let more = try readOwn(UnsafeMutableRawBufferPointer(rebasing: buffer[count...]))
      if more == 0 { break }
      count += more
    }
    head = Array(buffer[..<count])
    return ArchiveKind(beginning: head) != .other
  }

  private func enter(_ member: ArchiveMember) throws(CatchmentError) {
    let file = try ScratchFile(in: scratch)
    try forEach { (bytes) throws(CatchmentError) in try file.append(bytes) }
    let reader = try ArchiveReader(
      file.path, named: member.path, depth: depth + 1, budget, isSkippingLinks, scratch)
    inner = (reader, file)
  }

  private func nextWithin() throws(CatchmentError) -> ArchiveMember? {
    guard let inner else { return nil }
    guard var member = try inner.reader.next() else {
      skippedLinks += inner.reader.skippedLinks
      self.inner = nil
      return nil
    }
    member.path = "\(inner.reader.name)/\(member.path)"
    return member
  }

  // MARK: Bytes

  /// Writes the member's next bytes into the buffer; returns how many, 0 at its end.
  public func read(into buffer: UnsafeMutableRawBufferPointer) throws(CatchmentError) -> Int {
    if let inner { return try inner.reader.read(into: buffer) }
    guard !head.isEmpty else { return try readOwn(buffer) }
    let count = min(head.count, buffer.count)
    buffer.copyBytes(from: head[..<count])
    head.removeFirst(count)
    return count
  }

  private func readOwn(_ buffer: UnsafeMutableRawBufferPointer) throws(CatchmentError) -> Int {
    let count = archive_read_data(archive, buffer.baseAddress, buffer.count)
    // A checksum that is wrong is but a warning to libarchive.
    guard count >= 0 else { throw gzip?.failure ?? unreadable }
    try budget.take(count, of: name)
    try cancellation.advance(by: count)
    return count
  }

  /// Hands out the member's bytes piece by piece.
  public func forEach(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = try read(into: buffer)
      guard count > 0 else { return }
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  // MARK: Failures

  /// A warning is one of the platform's own oddities; everything worse ends the reading.
  private func check(_ status: Int32) throws(CatchmentError) {
    guard status < ARCHIVE_WARN else { return }
    if let failure = gzip?.failure { throw failure }
    if archive_read_has_encrypted_entries(archive) > 0 {
      throw CatchmentError(
        .validation, "\(name) is encrypted", hint: "unpack it with its password first")
    }
    throw unreadable
  }

  private var unreadable: CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(name) cannot be unpacked",
      hint: "fetch it again; nothing was taken from it",
      cause: archive_error_string(archive).map { String(cString: $0) })
  }

  private var unknown: CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(name) is no archive that is known",
      hint: "there are ZIP, tar, 7z, gzip, bzip2, xz and zstd; check that it was fetched whole")
  }

  private func refusal(_ member: String, _ reason: String) -> CatchmentError {
    CatchmentError(
      .validation, "the member \"\(member)\" of \(name) is refused: \(reason)",
      hint: "do not use the archive unless you know who made it so; nothing of it was kept")
  }
}

/// Lets libarchive read what a gzip file holds.
private func open(_ archive: OpaquePointer, reading stream: GzipStream) -> Int32 {
  let read:
    @convention(c) (
      OpaquePointer?, UnsafeMutableRawPointer?, UnsafeMutablePointer<UnsafeRawPointer?>?
    ) -> Int = { archive, client, place in
      guard let client else { return -1 }
      let stream = Unmanaged<GzipStream>.fromOpaque(client).takeUnretainedValue()
      guard let bytes = stream.next() else {
        archive_set_error_text(archive, -1, "the gzip file is damaged")
        return -1
      }
      place?.pointee = bytes.baseAddress
      return bytes.count
    }
  let client = Unmanaged.passUnretained(stream).toOpaque()
  return archive_read_open(archive, client, nil, read, nil)
}

extension ArchiveReader {
  /// Whether a file is an archive, or compressed, by its first bytes.
  public static func canRead(_ path: String) throws(CatchmentError) -> Bool {
    try ArchiveKind(of: path) != .other
  }
}
