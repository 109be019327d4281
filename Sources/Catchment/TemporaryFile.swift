#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A private file for a while, which programs that are started do not inherit.
package enum TemporaryFile {
  /// Makes one, open to read and write; the caller closes it, and removes it when it has a name.
  ///
  /// - Parameter isNamed: whether it can be opened by its path; else it goes once it is closed.
  package static func make(
    in directory: String, isNamed: Bool = false
  ) throws(CatchmentError) -> (descriptor: Int32, path: String) {
    var template = Array("\(directory)/catchment-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else {
      throw .system("create a file in", directory, code: .destinationUnavailable)
    }
    if !isNamed { unlink(template) }
    let bytes = template.dropLast().map(UInt8.init(bitPattern:))
    return (descriptor, String(decoding: bytes, as: UTF8.self))
  }
}
