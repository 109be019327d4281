public import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// What a warehouse is at a moment, told by its file without opening it.
///
/// DuckDB counts its checkpoints in the file's head, and what is not in the file yet is in the log
/// beside it: whatever changes a row changes one of them.
public struct WarehouseState: Sendable, Equatable {
  let mark: String

  /// The state of the file at `path`; read it while no other process can write.
  public init(path: String) throws(CatchmentError) {
    guard let file = Self.facts(path) else {
      throw CatchmentError(.destinationUnavailable, "the warehouse \(path) cannot be read")
    }
    let log = Self.facts(path + ".wal") ?? "none"
    mark = "\(file) \(try Self.head(path)) \(log)"
  }

  private static func facts(_ path: String) -> String? {
    var found = stat()
    guard stat(path, &found) == 0 else { return nil }
    #if canImport(Darwin)
      let time = found.st_mtimespec
    #else
      let time = found.st_mtim
    #endif
    return "\(found.st_size) \(time.tv_sec).\(time.tv_nsec)"
  }

  /// The digest of the three headers that a DuckDB file begins with.
  private static func head(_ path: String) throws(CatchmentError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CatchmentError(.destinationUnavailable, "the warehouse \(path) cannot be read")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 3 * 4096)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return StableDigest.text(bytes.prefix(max(count, 0)))
  }
}

/// FNV-1a: enough to tell one head from the next.
private enum StableDigest {
  static func text(_ bytes: ArraySlice<UInt8>) -> String {
    let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return String(hash, radix: 16)
  }
}
