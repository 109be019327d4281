internal import CArchive
internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Reads files that are packed: ZIP archives, and single files compressed with zstd or gzip.
///
/// Nothing is written under a member's name, so a name can do no harm.
struct Archive {
  /// A member, by the place its bytes take among those that were unpacked.
  struct Member {
    var name: String
    var range: Range<Int>
  }

  /// Unpacked, a file may be this many times as large; beyond it is taken for an attack.
  ///
  /// Text that people and models write shrinks ten times, logs thirty.
  private static let largestRatio = 200
  /// What every file may come to, however small it is.
  private static let alwaysAllowed = 64 << 20
  private static let chunk = 1 << 20

  let path: String

  /// Whether a file is packed, by its first bytes.
  static func isPacked(_ path: String) throws(CatchmentError) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path, code: .sourceUnavailable) }
    defer { close(descriptor) }
    var magic = [UInt8](repeating: 0, count: 4)
    let count = pread(descriptor, &magic, 4, 0)
    guard count >= 2 else { return false }
    return magic == [0x50, 0x4B, 0x03, 0x04] || magic == [0x28, 0xB5, 0x2F, 0xFD]
      || magic.starts(with: [0x1F, 0x8B])
  }

  /// Unpacks the members that are wanted, one after another.
  ///
  /// A file that holds no archive but is only compressed is one member with the file's own name,
  /// less its last extension.
  func unpack(
    into file: inout SpillFile, size: Int64, isWanted: (String) -> Bool
  ) throws(CatchmentError) -> [Member] {
    guard let archive = archive_read_new() else {
      throw CatchmentError(.failed, "libarchive could not begin to read")
    }
    defer { archive_read_free(archive) }
    archive_read_support_filter_gzip(archive)
    archive_read_support_filter_zstd(archive)
    archive_read_support_format_zip(archive)
    archive_read_support_format_raw(archive)
    try check(archive_read_open_filename(archive, path, Self.chunk), archive)
    var members: [Member] = []
    var entry: OpaquePointer?
    while true {
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return members }
      try check(status, archive)
      let name = memberName(entry, archive)
      guard isWanted(name) else { continue }
      let start = file.size
      let limit = max(Int(size) * Self.largestRatio, Self.alwaysAllowed)
      // What the directory says is not to be trusted, but it may save the work.
      if start + Int(archive_entry_size(entry)) > limit { throw tooLarge(name, limit) }
      try copy(archive, name, into: &file, limit: limit)
      members.append(Member(name: name, range: start..<file.size))
    }
  }

  private func memberName(_ entry: OpaquePointer?, _ archive: OpaquePointer) -> String {
    guard archive_format(archive) != ARCHIVE_FORMAT_RAW,
      let name = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
    else {
      let dot = path.lastIndex(of: ".") ?? path.endIndex
      return String(path[..<dot])
    }
    return "\(path)/\(String(cString: name))"
  }

  private func tooLarge(_ name: String, _ limit: Int) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable,
      "\(path) unpacks to more than \(limit >> 20) MiB, which so small a file seldom does",
      hint: "if that is right, unpack it and import what is in it; nothing was taken from it",
      cause: name == path ? nil : "the limit was reached in \(name)")
  }

  private func copy(
    _ archive: OpaquePointer, _ name: String, into file: inout SpillFile, limit: Int
  ) throws(CatchmentError) {
    var cancellation = CancellationCheck()
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    while true {
      let count = archive_read_data(archive, &buffer, buffer.count)
      if count == 0 { return }
      try check(Int32(clamping: count), archive)
      try buffer.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
        try file.append(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[..<count])))
      }
      try cancellation.advance(by: count)
      guard file.size <= limit else { throw tooLarge(name, limit) }
    }
  }

  /// A warning is one of the platform's own oddities; everything worse ends the reading.
  private func check(_ status: Int32, _ archive: OpaquePointer) throws(CatchmentError) {
    guard status < ARCHIVE_WARN else { return }
    throw CatchmentError(
      .sourceUnavailable, "\(path) cannot be unpacked",
      hint: "fetch it again; nothing was taken from it",
      cause: archive_error_string(archive).map { String(cString: $0) })
  }
}
