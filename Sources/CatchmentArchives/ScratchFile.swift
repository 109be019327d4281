internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file for a while: it goes when it is forgotten.
final class ScratchFile {
  let path: String
  private let descriptor: Int32

  init(in directory: String) throws(CatchmentError) {
    (descriptor, path) = try TemporaryFile.make(in: directory, isNamed: true)
  }

  deinit {
    close(descriptor)
    unlink(path)
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    try descriptor.writeAll(bytes, to: path)
  }
}

extension Int32 {
  /// Writes to the file that this is the descriptor of.
  func writeAll(_ bytes: UnsafeRawBufferPointer, to path: String) throws(CatchmentError) {
    guard DescriptorBytes.write(bytes, to: self) else {
      throw .system("write", path, code: .destinationUnavailable)
    }
  }
}
