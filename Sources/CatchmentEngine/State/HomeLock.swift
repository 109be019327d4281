internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The right to write to a home: one run at a time.
///
/// The kernel lets it go when the process ends, however it ends, so a killed run blocks nobody.
final class HomeLock: Sendable {
  private let descriptor: Int32

  /// Throws `locked`, naming the holder, when another run has it.
  convenience init(_ home: Home) throws(CatchmentError) {
    try self.init(home.lock) { holder in
      CatchmentError(
        .locked, "another run\(holder) is writing to \(home.path)",
        hint: "wait until it is done, or give --home another directory")
    }
  }

  /// The same, of a home that is made when it is not there.
  convenience init(_ home: Home, make: Bool) throws(CatchmentError) {
    if make { try Directory.create(home.path) }
    try self.init(home)
  }

  /// The right to watch for a home, which does not keep others from writing to it.
  ///
  /// Throws `locked`, naming the holder, when another process has it.
  convenience init(watching home: Home) throws(CatchmentError) {
    try self.init(home.watchLock) { holder in
      CatchmentError(
        .locked, "another `catchment watch`\(holder) imports into \(home.path) already",
        hint: "stop it, or give one command all paths: it can watch many")
    }
  }

  private init(
    _ path: String, refusal: (String) -> CatchmentError
  ) throws(CatchmentError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .system("open", path, code: .destinationUnavailable)
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = Self.holder(descriptor)
      close(descriptor)
      throw refusal(holder)
    }
    let name = "\(getpid())\n"
    ftruncate(descriptor, 0)
    _ = name.utf8.withContiguousStorageIfAvailable {
      pwrite(descriptor, $0.baseAddress, $0.count, 0)
    }
  }

  func release() { close(descriptor) }

  private static func holder(_ descriptor: Int32) -> String {
    var space = [UInt8](repeating: 0, count: 16)
    let count = pread(descriptor, &space, space.count, 0)
    guard count > 0 else { return "" }
    let digits = space.prefix(count).prefix { $0 >= 0x30 && $0 <= 0x39 }
    return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
  }
}
