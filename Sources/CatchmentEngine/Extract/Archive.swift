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

  /// What a file of so many bytes may unpack to.
  static func limit(of size: Int64) -> Int { max(Int(size) * largestRatio, alwaysAllowed) }

  /// Unpacks the members that are wanted, one after another.
  ///
  /// A file that holds no archive but is only compressed is one member with the file's own name,
  /// less its last extension.
  func unpack(
    into file: inout SpillFile, size: Int64, isWanted: (String) -> Bool
  ) throws(CatchmentError) -> [Member] {
    let limit = Self.limit(of: size)
    let reader = try ArchiveReader(path)
    var members: [Member] = []
    while let name = try reader.next() {
      guard isWanted(name) else { continue }
      let start = file.size
      // What the directory says is not to be trusted, but it may save the work.
      if reader.statedSize > limit - start { throw tooLarge(name, limit) }
      try reader.read { (bytes) throws(CatchmentError) in
        try file.append(bytes)
        guard file.size <= limit else { throw tooLarge(name, limit) }
      }
      members.append(Member(name: name, range: start..<file.size))
    }
    return members
  }

  private func tooLarge(_ name: String, _ limit: Int) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable,
      "\(path) unpacks to more than \(limit >> 20) MiB, which so small a file seldom does",
      hint: "if that is right, unpack it and import what is in it; nothing was taken from it",
      cause: name == path ? nil : "the limit was reached in \(name)")
  }
}
