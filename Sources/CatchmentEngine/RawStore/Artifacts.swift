internal import Catchment
internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Whole files in the raw store, each under what its bytes hash to: `raw/artifacts/<aa>/<sha256>`.
///
/// A file that is there is complete and never modified; the same bytes are kept once.
struct Artifacts {
  private static let chunkSize = 1 << 20

  let home: Home

  struct Artifact {
    var path: String
    /// In hexadecimal digits.
    var sha256: String
    var size: Int64
  }

  /// Keeps a file's bytes, durably, before anything is done with them.
  ///
  /// Throws `sourceUnavailable` when it cannot be read, or changes meanwhile.
  func keep(_ path: String) throws(CatchmentError) -> Artifact {
    let (sha256, size) = try copy(path) { _ throws(CatchmentError) in }
    let directory = "\(home.raw)/artifacts/\(sha256.prefix(2))"
    let artifact = Artifact(path: "\(directory)/\(sha256)", sha256: sha256, size: size)
    guard access(artifact.path, F_OK) != 0 else { return artifact }
    try Directory.create(directory)
    var file = try DurableFile(path: artifact.path)
    let (copied, _) = try copy(path) { bytes throws(CatchmentError) in try file.append(bytes) }
    guard copied == sha256 else {
      throw CatchmentError(
        .sourceUnavailable, "\(path) changed while it was read",
        hint: "run the same command again when it is no longer written to")
    }
    try file.publish()
    return artifact
  }

  /// Keeps a file that a record holds, durably, unless it is there.
  func keep(_ artifact: Catchment.Artifact) throws(CatchmentError) {
    let directory = "\(home.raw)/artifacts/\(artifact.sha256.prefix(2))"
    let path = "\(directory)/\(artifact.sha256)"
    guard access(path, F_OK) != 0, let bytes = Base64.decode(artifact.base64) else { return }
    try Directory.create(directory)
    var file = try DurableFile(path: path)
    try bytes.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
      try file.append(UnsafeRawBufferPointer(bytes))
    }
    try file.publish()
  }

  /// The files that are kept, by their names; what a killed process left half written is not among
  /// them.
  func all() throws(CatchmentError) -> [(path: String, sha256: String)] {
    var found: [(path: String, sha256: String)] = []
    let base = "\(home.raw)/artifacts"
    for directory in try Directory.entries(of: base) {
      for name in try Directory.entries(of: "\(base)/\(directory)")
      where !name.hasSuffix(DurableFile.temporarySuffix) {
        found.append(("\(base)/\(directory)/\(name)", name))
      }
    }
    return found
  }

  /// What a kept file hashes to, and how many bytes it has.
  func measure(_ path: String) throws(CatchmentError) -> (sha256: String, size: Int64) {
    try copy(path) { _ throws(CatchmentError) in }
  }

  /// Hands out a file's bytes in pieces; returns what they hash to and how many there were.
  private func copy(
    _ path: String, _ take: (UnsafeRawBufferPointer) throws(CatchmentError) -> Void
  ) throws(CatchmentError) -> (sha256: String, size: Int64) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunkSize, alignment: 16)
    defer { buffer.deallocate() }
    var hash = SHA256()
    var size: Int64 = 0
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, code: .sourceUnavailable) }
      guard count > 0 else { return (Hex.text(Array(hash.finalize())), size) }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(bufferPointer: bytes)
      try take(bytes)
      size += Int64(count)
    }
  }
}
