#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Bytes for a file that is open.
public enum DescriptorBytes {
  /// Writes all of them; false when the system refuses, and `errno` then says why.
  public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = system(descriptor, rest.baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return true
  }

  #if canImport(Glibc)
    private static let system = Glibc.write
  #elseif canImport(Musl)
    private static let system = Musl.write
  #else
    private static let system = Darwin.write
  #endif
}
