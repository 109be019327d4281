internal import Catchment
internal import Crypto
internal import FoundationEssentials
internal import Synchronization

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
struct Artifacts: Sendable {
  let home: Home

  struct Artifact {
    var path: String
    /// In hexadecimal digits.
    var sha256: String
    var size: Int64
    /// Whether it was only unpacked, and goes when it has been read.
    var isTemporary = false

    func forget() throws(CatchmentError) {
      if isTemporary { try Directory.remove(path) }
    }
  }

  private func place(of sha256: String) -> String {
    "\(home.raw)/artifacts/\(sha256.prefix(2))/\(sha256)"
  }

  /// Keeps a file's bytes, durably, before anything is done with them.
  ///
  /// One that is likely to be there already is hashed first; any other is hashed while it is copied.
  /// Throws `sourceUnavailable` when it cannot be read, or changes meanwhile.
  ///
  /// - Parameter known: what it hashed to before.
  func keep(_ path: String, perhaps known: String? = nil) throws(CatchmentError) -> Artifact {
    let sighting = Sighting(path: path, fingerprint: .current(of: path))
    if let known = known ?? Self.seen.withLock({ $0[sighting] }), let kept = find(known),
      try measure(path).sha256 == known
    {
      return kept
    }
    let copied = try copy(sighting, as: UUID().uuidString)
    Self.seen.withLock { $0[sighting] = copied.sha256 }
    return copied
  }

  /// A file as it was when this process kept it: several pipelines may read the same.
  private struct Sighting: Hashable {
    var path: String
    var fingerprint: Unit.Fingerprint?
  }

  private static let seen = Mutex<[Sighting: String]>([:])

  /// Writes a file's bytes while those that follow are read and hashed.
  private func copy(_ seen: Sighting, as name: String) throws(CatchmentError) -> Artifact {
    try Directory.create(arrivals)
    var file = try DurableFile(path: "\(arrivals)/\(name)")
    let ahead = HashedFile.read(seen.path)
    var cancellation = CancellationCheck()
    var sha256 = ""
    while let item = try ahead.next() {
      switch item {
      case .bytes(let bytes):
        try file.append(bytes)
        try cancellation.advance(by: bytes.count)
      case .end(let digest): sha256 = digest
      }
    }
    guard Unit.Fingerprint.current(of: seen.path) == seen.fingerprint else {
      throw CatchmentError(
        .sourceUnavailable, "\(seen.path) changed while it was read",
        hint: "run the same command again when it is no longer written to")
    }
    let artifact = Artifact(path: place(of: sha256), sha256: sha256, size: file.size)
    // Another pipeline may keep the same file at this moment.
    guard access(artifact.path, F_OK) != 0 else { return artifact }
    try Directory.create(Directory.parent(of: artifact.path))
    try file.publish(as: artifact.path)
    return artifact
  }

  /// Keeps what standard input has, durably, before anything is done with it.
  func keepStandardInput() throws(CatchmentError) -> Artifact {
    try Self.checkStandardInput()
    let arrival = try receive(.standardInput, as: UUID().uuidString)
    return Artifact(
      path: place(of: arrival.sha256), sha256: arrival.sha256, size: arrival.size)
  }

  /// Throws `usage` when nobody but a person at a terminal could give it bytes.
  static func checkStandardInput() throws(CatchmentError) {
    guard isatty(STDIN_FILENO) == 0 else {
      throw CatchmentError(
        .usage, "standard input is a terminal, and no data comes from it",
        hint: "put a program before it, as in `cat people.csv | …`, or name a file")
    }
  }

  private func receive(_ bytes: FileBytes, as name: String) throws(CatchmentError) -> Arrival {
    var arriving = try receive(as: name)
    try bytes.forEach { (bytes) throws(CatchmentError) in try arriving.append(bytes) }
    return try keep(arriving)
  }

  /// What is kept of bytes with this hash; nil when they are not kept.
  func find(_ sha256: String) -> Artifact? {
    guard let size = Unit.Fingerprint.current(of: place(of: sha256))?.size else { return nil }
    return Artifact(path: place(of: sha256), sha256: sha256, size: size)
  }

  /// Keeps a file that is whole, durable and measured, by giving it its name here.
  func adopt(_ file: FetchedUnit, at path: String) throws(CatchmentError) -> Artifact {
    let artifact = Artifact(path: place(of: file.sha256), sha256: file.sha256, size: file.size)
    guard access(artifact.path, F_OK) != 0 else { return artifact }
    try Directory.create(Directory.parent(of: artifact.path))
    try Directory.rename(path, to: artifact.path)
    return artifact
  }

  /// Keeps a file that a record holds, durably, unless it is there.
  func keep(_ artifact: Catchment.Artifact) throws(CatchmentError) {
    let path = place(of: artifact.sha256)
    guard access(path, F_OK) != 0, let bytes = Base64.decode(artifact.base64) else { return }
    try Directory.create(Directory.parent(of: path))
    var file = try DurableFile(path: path)
    try bytes.withUnsafeBufferPointer { (bytes) throws(CatchmentError) in
      try file.append(UnsafeRawBufferPointer(bytes))
    }
    try file.publish()
  }

  // MARK: Bytes that arrive

  private var arrivals: String { "\(home.raw)/artifacts/arriving" }

  /// Begins to keep bytes that arrive in pieces, and whose hash is known behind the last one.
  ///
  /// - Parameter name: tells them from others that arrive at the same time.
  func receive(as name: String) throws(CatchmentError) -> ArrivingArtifact {
    try Directory.create(arrivals)
    return ArrivingArtifact(try DurableFile(path: "\(arrivals)/\(name)"))
  }

  /// Keeps what arrived, durably, unless it is there.
  func keep(_ arrived: consuming ArrivingArtifact) throws(CatchmentError) -> Arrival {
    let arrival = arrived.arrival
    let path = place(of: arrival.sha256)
    guard access(path, F_OK) != 0 else { return arrival }
    try Directory.create(Directory.parent(of: path))
    try arrived.file.publish(as: path)
    return arrival
  }

  /// What bytes that arrived are.
  struct Arrival {
    var sha256: String
    var size: Int64
    var mediaType: MediaType?
  }

  /// Removes what a killed process left half arrived.
  func sweep() throws(CatchmentError) {
    for name in try Directory.entries(of: arrivals) { try Directory.remove("\(arrivals)/\(name)") }
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

  /// What a file hashes to, and how many bytes it has.
  func measure(_ path: String) throws(CatchmentError) -> (sha256: String, size: Int64) {
    var hash = SHA256()
    var size: Int64 = 0
    try FileBytes(path, isFollowingLinks: true).forEach { (bytes) throws(CatchmentError) in
      hash.update(bufferPointer: bytes)
      size += Int64(bytes.count)
    }
    return (Hex.text(Array(hash.finalize())), size)
  }
}

/// Bytes on their way to the artifacts; nothing of them stays when it is dropped.
struct ArrivingArtifact: ~Copyable {
  fileprivate var file: DurableFile
  private var hash = SHA256()
  private var head: [UInt8] = []

  fileprivate init(_ file: consuming DurableFile) { self.file = file }

  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    hash.update(bufferPointer: bytes)
    if head.count < MediaType.signatureSize { head += bytes.prefix(MediaType.signatureSize) }
    try file.append(bytes)
  }

  fileprivate var arrival: Artifacts.Arrival {
    Artifacts.Arrival(
      sha256: Hex.text(Array(hash.finalize())), size: file.size,
      mediaType: MediaType(beginning: head))
  }
}
