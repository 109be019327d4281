internal import CArchive
internal import Catchment

/// Goes through a packed file's members one after another.
final class ArchiveReader {
  private static let chunk = 1 << 20
  /// `AE_IFREG`, which is a macro that Swift cannot read.
  private static let regularFile: mode_t = 0o100000

  private let path: String
  private let archive: OpaquePointer
  private var entry: OpaquePointer?

  /// - Parameter name: what the file is called to people, when that is not its path.
  init(_ path: String, calling name: String? = nil) throws(CatchmentError) {
    guard let archive = archive_read_new() else {
      throw CatchmentError(.failed, "libarchive could not begin to read")
    }
    self.path = name ?? path
    self.archive = archive
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_filter_bzip2(archive)
    archive_read_support_filter_xz(archive)
    archive_read_support_format_zip(archive)
    archive_read_support_format_raw(archive)
    try check(archive_read_open_filename(archive, path, Self.chunk))
  }

  deinit { archive_read_free(archive) }

  /// Goes to the next member and tells its name below the archive's path; nil behind the last one.
  func next() throws(CatchmentError) -> String? {
    let status = archive_read_next_header(archive, &entry)
    if status == ARCHIVE_EOF { return nil }
    try check(status)
    return memberName()
  }

  /// What the archive says of the member's size, which need not be true.
  var statedSize: Int64 { archive_entry_size(entry) }

  /// Whether the member is a file, and no folder or link.
  var isFile: Bool { archive_entry_filetype(entry) == Self.regularFile }

  /// Whether the member can be read with a password alone.
  var isEncrypted: Bool { archive_entry_is_data_encrypted(entry) == 1 }

  /// Whether the file holds members; known of the first one on.
  var isArchive: Bool { archive_format(archive) != ARCHIVE_FORMAT_RAW }

  /// Whether anything was compressed in a file that holds no members; known of the first one on.
  var isCompressed: Bool { archive_filter_code(archive, 0) != ARCHIVE_FILTER_NONE }

  private func memberName() -> String {
    guard archive_format(archive) != ARCHIVE_FORMAT_RAW,
      let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
    else {
      let dot = path.lastIndex(of: ".") ?? path.endIndex
      return String(path[..<dot])
    }
    return "\(path)/\(String(cString: name))"
  }

  /// Hands out the member's bytes piece by piece.
  func read(
    _ body: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var cancellation = CancellationCheck()
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    while true {
      let count = archive_read_data(archive, &buffer, buffer.count)
      if count == 0 { return }
      // A checksum that is wrong is but a warning to libarchive.
      guard count > 0 else { throw unreadable }
      try buffer.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
        try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])))
      }
      try cancellation.advance(by: count)
    }
  }

  /// A warning is one of the platform's own oddities; everything worse ends the reading.
  private func check(_ status: Int32) throws(CatchmentError) {
    if status < ARCHIVE_WARN { throw unreadable }
  }

  private var unreadable: CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(path) cannot be unpacked",
      hint: "fetch it again; nothing was taken from it",
      cause: archive_error_string(archive).map { String(cString: $0) })
  }
}
