internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The right to update an index: one process at a time, the others wait.
///
/// The kernel lets it go when the process ends, however it ends.
struct IndexLock {
  private let descriptor: Int32

  init(_ path: String) throws(CatchmentError) {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw CatchmentError(
        .destinationUnavailable, "the search index cannot be locked: \(path) cannot be opened",
        cause: String(cString: strerror(errno)))
    }
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
  }

  func release() { close(descriptor) }
}
