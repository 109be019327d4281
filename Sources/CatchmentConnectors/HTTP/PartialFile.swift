internal import Catchment
internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A file that is being downloaded, beside its version, so that a later attempt can go on where this
/// one ended, if what the server has is the same still.
///
/// `x.part` holds the bytes, `x.part.version` what the server called them.
final class PartialFile {
  private let path: String
  private let part: String
  private var descriptor: Int32 = -1
  private var hash = SHA256()
  private(set) var size: Int64 = 0

  /// - Parameter path: where the whole file is going to be.
  init(path: String) {
    self.path = path
    part = path + ".part"
  }

  deinit { close() }

  /// The version of what is there of the file, and how many bytes; nil when there is nothing that can
  /// be gone on with.
  func found() throws(CatchmentError) -> (version: FileVersion, size: Int64)? {
    guard let size = Unit.Fingerprint.current(of: part)?.size, size > 0,
      let version = try FileVersion(keptAt: versionPath), version.isExact
    else { return nil }
    return (version, size)
  }

  private var versionPath: String { part + ".version" }

  /// Begins anew, with what the server calls these bytes.
  func begin(_ version: FileVersion) throws(CatchmentError) {
    close()
    try version.keep(at: versionPath)
    descriptor = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw .file("write", part) }
    (hash, size) = (SHA256(), 0)
  }

  /// Goes on after what is there, which is hashed again.
  func resume() throws(CatchmentError) {
    close()
    descriptor = open(part, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { throw .file("read", part) }
    (hash, size) = (SHA256(), 0)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .file("read", part) }
      guard count > 0 else { return }
      hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      size += Int64(count)
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    guard DescriptorBytes.write(bytes, to: descriptor) else { throw .file("write", part) }
    hash.update(bufferPointer: bytes)
    size += Int64(bytes.count)
  }

  /// What the bytes so far hash to, in hexadecimal digits.
  var sha256: String {
    let copy = hash
    return Hex.text(Array(copy.finalize()))
  }

  /// The file is whole: it gets its name, durably.
  func publish() throws(CatchmentError) {
    guard fsync(descriptor) == 0, rename(part, path) == 0 else { throw .file("write", path) }
    close()
    unlink(versionPath)
  }

  /// Forgets what is there of it.
  func discard() {
    close()
    unlink(part)
    unlink(versionPath)
  }

  private func close() {
    if descriptor >= 0 { Self.closeDescriptor(descriptor) }
    descriptor = -1
  }

  private static func closeDescriptor(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }
}

extension CatchmentError {
  /// What the system says of a file, as it stands in `errno`.
  static func file(_ verb: String, _ path: String) -> CatchmentError {
    let reason = String(cString: strerror(errno))
    return CatchmentError(
      .destinationUnavailable, "cannot \(verb) \(path)",
      hint: "check that the disk has room and the folder can be written to", cause: reason)
  }
}
