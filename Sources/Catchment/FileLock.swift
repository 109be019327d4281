#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The kernel's lock on a file or folder: one holder at a time, among processes and within one.
///
/// The kernel lets it go when the process ends, however it ends, so a killed process blocks nobody.
package struct FileLock: ~Copyable, Sendable {
  /// Of what is locked; it is closed with the lock.
  package let descriptor: Int32

  /// What to do while another has it.
  package enum Contention: Sendable {
    case refuse, wait
  }

  /// Locks a file, which is made when it is not there; nil when another has it.
  package static func take(
    _ path: String, mode: UInt32 = 0o600, _ contention: Contention = .refuse
  ) throws(CatchmentError) -> FileLock? {
    try take(path, open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode), contention)
  }

  /// Locks a folder, which no link stands for; nil when another has it.
  package static func take(folder path: String) throws(CatchmentError) -> FileLock? {
    try take(path, open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), .refuse)
  }

  private static func take(
    _ path: String, _ descriptor: Int32, _ contention: Contention
  ) throws(CatchmentError) -> FileLock? {
    guard descriptor >= 0 else {
      throw .system("open", path, code: .destinationUnavailable)
    }
    let lock = FileLock(descriptor: descriptor)
    let operation = contention == .wait ? LOCK_EX : LOCK_EX | LOCK_NB
    while flock(descriptor, operation) != 0 {
      if errno == EINTR { continue }
      guard errno == EWOULDBLOCK else {
        throw .system("lock", path, code: .destinationUnavailable)
      }
      return nil
    }
    return lock
  }

  /// Lets it go before it is forgotten.
  ///
  /// Closing alone would not do: a child that another thread has forked holds the same open file until
  /// it runs its own program.
  package func release() { flock(descriptor, LOCK_UN) }

  deinit {
    release()
    close(descriptor)
  }
}
