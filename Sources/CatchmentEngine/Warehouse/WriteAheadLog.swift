internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Cuts a half-written commit off the engine's write-ahead log before the engine reads it.
///
/// A process that is killed in the middle of a commit leaves entries in the log without the mark
/// that ends a commit. DuckDB 1.5 undoes most of them when it replays the log, but not rows that
/// had been written to the file before the commit (its entry `ROW_GROUP_DATA`): those stay, in one
/// table and not in the others. A log that ends with a whole commit is replayed exactly.
///
/// The log is a version entry, then entries of a length (8 bytes), a checksum (8 bytes) and as many
/// bytes as the length says; these begin with the field number 100 (2 bytes) and the entry's type
/// (1 byte). A log that does not look so is left alone.
struct WriteAheadLog {
  private static let headerSize = 16
  private static let flush: UInt8 = 100
  private static let checkpoint: UInt8 = 99

  let database: String
  private var path: String { database + ".wal" }

  /// Does nothing when there is no log, when it ends well, or when another process has the database.
  func cutTornCommit() throws(CatchmentError) {
    guard access(path, F_OK) == 0 else { return }
    let lock = open(database, O_RDWR | O_CLOEXEC)
    guard lock >= 0 else { return }
    defer { close(lock) }
    var claim = flock()
    claim.l_type = Int16(F_WRLCK)
    claim.l_whence = Int16(SEEK_SET)
    // Whoever holds it is using the log; opening the database will say so.
    guard fcntl(lock, F_SETLK, &claim) == 0 else { return }
    try cut()
  }

  private func cut() throws(CatchmentError) {
    let log = open(path, O_RDWR | O_CLOEXEC)
    guard log >= 0 else { throw .system("open", path, code: .damaged) }
    defer { close(log) }
    let size = lseek(log, 0, SEEK_END)
    guard let end = endOfLastCommit(log, size: Int64(size)), end < Int64(size) else { return }
    guard ftruncate(log, off_t(end)) == 0, fsync(log) == 0 else {
      throw .system("shorten", path, code: .destinationUnavailable)
    }
  }

  private enum Entry {
    case whole(type: UInt8, end: Int64)
    /// The file ends within it.
    case torn
    /// Not what an entry looks like.
    case alien
  }

  /// Where the last whole commit ends, or nil when the log cannot be understood to its end.
  private func endOfLastCommit(_ log: Int32, size: Int64) -> Int64? {
    guard var position = firstEntry(log, size: size) else { return nil }
    var end = position
    while position < size {
      switch entry(log, at: position, size: size) {
      case .torn: return end
      case .alien: return nil
      case .whole(let type, let next):
        position = next
        if type == Self.flush || type == Self.checkpoint { end = position }
      }
    }
    return end
  }

  /// The version entry has neither length nor checksum; it ends with two bytes of ones.
  private func firstEntry(_ log: Int32, size: Int64) -> Int64? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = pread(log, &bytes, bytes.count, 0)
    guard count > 3 else { return nil }
    return (2..<count).first { end in
      guard bytes[end - 2] == 0xFF, bytes[end - 1] == 0xFF else { return false }
      if case .alien = entry(log, at: Int64(end), size: size) { return false }
      return true
    }.map(Int64.init)
  }

  private func entry(_ log: Int32, at position: Int64, size: Int64) -> Entry {
    var bytes = [UInt8](repeating: 0, count: Self.headerSize + 3)
    let count = pread(log, &bytes, bytes.count, off_t(position))
    guard count == bytes.count else { return count >= 0 ? .torn : .alien }
    guard bytes[16] == 100, bytes[17] == 0 else { return .alien }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length >= 3, length < 1 << 40 else { return .alien }
    let end = position + Int64(Self.headerSize) + Int64(length)
    return end <= size ? .whole(type: bytes[18], end: end) : .torn
  }
}
