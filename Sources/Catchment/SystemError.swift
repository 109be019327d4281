#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

extension CatchmentError {
  /// The failure of a system call on a file, as the system says it.
  ///
  /// A full disk, a quota and a limit on a file's size are the destination's failure whatever was being done.
  ///
  /// - Parameter number: the system's number of it; `errno` unless told.
  public static func system(
    _ action: String, _ path: String, code: Code, number: Int32? = nil
  ) -> CatchmentError {
    let number = number ?? errno
    let reason = String(cString: strerror(number))
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      return CatchmentError(
        .destinationUnavailable, "no space is left to \(action) \(path)",
        hint: "free some space and run the same command again; what was committed is kept",
        cause: reason)
    case EACCES, EPERM:
      return CatchmentError(
        code, "not allowed to \(action) \(path)", hint: "check its owner and permissions",
        cause: reason)
    case EAGAIN, EBUSY, EINTR, EMFILE, ENFILE, ESTALE, ETIMEDOUT, ETXTBSY:
      var error = CatchmentError(code, "could not \(action) \(path)", cause: reason)
      error.isTransient = true
      return error
    default:
      return CatchmentError(code, "could not \(action) \(path)", cause: reason)
    }
  }
}
