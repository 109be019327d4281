internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The right to write to a home: one run at a time.
final class HomeLock: Sendable {
  private let lock: FileLock

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
    guard let lock = try FileLock.take(path) else { throw refusal(try Self.holder(path)) }
    self.lock = lock
    let name = "\(getpid())\n"
    ftruncate(self.lock.descriptor, 0)
    _ = name.utf8.withContiguousStorageIfAvailable {
      pwrite(self.lock.descriptor, $0.baseAddress, $0.count, 0)
    }
  }

  func release() { lock.release() }

  /// The words that name the process that has it, as far as it is known.
  private static func holder(_ path: String) throws(CatchmentError) -> String {
    var digits: [UInt8] = []
    try FileBytes(path).forEach { bytes throws(CatchmentError) in
      digits += bytes.prefix { $0 >= 0x30 && $0 <= 0x39 }
    }
    return digits.isEmpty ? "" : " (process \(String(decoding: digits, as: UTF8.self)))"
  }
}
