internal import Catchment
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The file in which a process tells what it does, beside one that it holds as long as it lives.
///
/// The kernel lets the second go when the process ends, however it ends: so nobody need trust a
/// process id, which another process may have by then.
struct LiveFile {
  static let ending = ".json"

  /// Without an ending.
  let path: String

  private var told: String { path + Self.ending }
  private var held: String { path + ".lock" }

  /// Holds it for this process, for as long as the lock lives.
  func hold() throws(CatchmentError) -> FileLock? { try FileLock.take(held, .wait) }

  func write(_ bytes: [UInt8]) throws(CatchmentError) {
    var file = try DurableFile(path: told)
    try file.append(bytes)
    try file.finish()
  }

  /// Nil when its process has ended well since.
  func read() -> LiveRuns? {
    guard let bytes = FileManager.default.contents(atPath: told) else { return nil }
    let descriptor = open(held, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let isAlive = flock(descriptor, LOCK_SH | LOCK_NB) != 0
    // One that ends removes what it told before it lets go.
    guard isAlive || access(told, F_OK) == 0 else { return nil }
    return LiveRuns(bytes, isAlive: isAlive)
  }

  func remove() throws(CatchmentError) {
    try Directory.remove(told)
    try Directory.remove(held)
  }
}
