#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Room to write: on the disk, and within what the process may write.
enum Room {
  /// Less than this, in bytes, and a file cannot be counted on to grow.
  private static let little: UInt64 = 1 << 20

  /// Whether a failure to write may come from a want of room.
  ///
  /// SQLite tells one that it meets in its shared memory as an I/O error like any other.
  static func isShort(for path: String) -> Bool {
    if let limit = largestFile, limit < Int64.max { return true }
    var space = statvfs()
    guard statvfs(Directory.parent(of: path), &space) == 0 else { return false }
    return UInt64(space.f_bavail) * UInt64(space.f_frsize) < little
  }

  /// How large a file this process may write, in bytes; an unlimited one reads as the largest number
  /// there is.
  private static var largestFile: Int64? {
    var limit = rlimit()
    #if canImport(Glibc)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_FSIZE, &limit)
    #endif
    return status == 0 ? Int64(clamping: limit.rlim_cur) : nil
  }
}
