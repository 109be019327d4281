public import Catchment
internal import Crypto

/// Unpacks units whose source cannot read them as they are.
struct Unpacking {
  private let packing: Packing?
  private let folder: String

  /// - Parameter folder: where what was unpacked lies until it has been read.
  init(of source: any TableSource, into folder: String) {
    packing = source.packing
    self.folder = folder
  }

  func isPacked(_ unit: Unit) -> Bool {
    unit.archive != nil || packing?.isCompressed(unit.plainPath) == true
  }

  /// A unit's bytes as its source reads them.
  ///
  /// A member of an archive is known by what its own bytes hash to, a compressed file by the
  /// file's. Throws `sourceUnavailable` for what cannot be unpacked, or unpacks to too much.
  ///
  /// - Parameters:
  ///   - kept: the file, or the archive that the unit is a member of.
  ///   - known: what a file hashes to that need not be unpacked.
  func unpack(
    _ unit: Unit, keptAt kept: Artifacts.Artifact, unless known: String? = nil
  ) throws(CatchmentError) -> Artifacts.Artifact {
    guard isPacked(unit), unit.archive != nil || kept.sha256 != known || known == nil else {
      return kept
    }
    let path = "\(folder)/\(unit.id).unpacked"
    let unpacked = try write(unit, keptAt: kept, to: path)
    return Artifacts.Artifact(
      path: path, sha256: unit.archive == nil ? kept.sha256 : unpacked.sha256,
      size: unit.archive == nil ? kept.size : unpacked.size, isTemporary: true)
  }

  /// The same of a unit where it lies; standard input is put into the folder, once.
  func place(_ unit: Unit) throws(CatchmentError) -> Artifacts.Artifact {
    guard unit.isStandardInput else {
      return try unpack(
        unit,
        keptAt: .init(
          path: unit.archive ?? unit.path, sha256: "", size: unit.fingerprint.size))
    }
    let path = "\(folder)/standard-input"
    if FileKind(path, isFollowingLinks: false) != .file {
      try Artifacts.checkStandardInput()
      var file = try DurableFile(path: path)
      try FileBytes.standardInput.forEach { (bytes) throws(CatchmentError) in
        try file.append(bytes)
      }
      try file.finish()
    }
    return Artifacts.Artifact(
      path: path, sha256: "", size: Unit.Fingerprint.current(of: path)?.size ?? 0)
  }

  private func write(
    _ unit: Unit, keptAt kept: Artifacts.Artifact, to path: String
  ) throws(CatchmentError) -> (sha256: String, size: Int64) {
    let reader = try find(unit, in: kept.path)
    let limit = Int64(Archive.limit(of: kept.size))
    var hash = SHA256()
    var file = try DurableFile(path: path)
    try reader?.read { (bytes) throws(CatchmentError) in
      guard file.size + Int64(bytes.count) <= limit else { throw Self.tooLarge(unit, limit) }
      hash.update(bufferPointer: bytes)
      try file.append(bytes)
    }
    let size = file.size
    try file.finish()
    return (Hex.text(Array(hash.finalize())), size)
  }

  /// A reader that stands at the unit's bytes; nil when there are none.
  private func find(_ unit: Unit, in path: String) throws(CatchmentError) -> ArchiveReader? {
    let reader = try ArchiveReader(path, calling: unit.archive ?? unit.path)
    while let name = try reader.next() {
      guard unit.archive == nil else {
        if name == unit.path { return reader }
        continue
      }
      guard reader.isCompressed, !reader.isArchive else {
        throw CatchmentError(
          .sourceUnavailable, "\(unit.path) is not compressed as its name says",
          hint: "give it the name of what it is")
      }
      return reader
    }
    guard unit.archive == nil else {
      throw CatchmentError(
        .sourceUnavailable, "\(unit.path) is no longer in its archive",
        hint: "run the same command again when the archive is no longer written to")
    }
    return nil
  }

  private static func tooLarge(_ unit: Unit, _ limit: Int64) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable,
      "\(unit.path) unpacks to more than \(limit >> 20) MiB, which so small a file seldom does",
      hint: "if that is right, unpack it and read what is in it; nothing was taken from it")
  }
}

extension TableSource {
  /// Finds the units, with the members of ZIP archives in the archives' place.
  ///
  /// An archive that cannot be read is among the problems.
  public func units() throws(CatchmentError) -> Discovery {
    var discovery = try discover()
    guard let packing else { return discovery }
    var units: [Unit] = []
    for unit in discovery.units {
      guard packing.isArchive(unit.plainPath) else {
        units.append(unit)
        continue
      }
      do throws(CatchmentError) {
        if isFetched { throw Self.isFar(unit) }
        units += try ArchiveMembers(archive: unit, packing: packing).units()
      } catch  where error.code == .sourceUnavailable {
        discovery.problems.append(error)
      }
    }
    discovery.units = units
    return discovery
  }

  private static func isFar(_ unit: Unit) -> CatchmentError {
    CatchmentError(
      .sourceUnavailable, "\(unit.path) cannot be looked into where it is",
      hint: "fetch it with catchment download, and read that file")
  }

  /// Where a unit's bytes can be read as the source reads them: fetched and unpacked into a folder, if
  /// need be.
  public func path(
    of unit: Unit, unpackingInto folder: String
  ) async throws(CatchmentError) -> String {
    try await place(unit, in: folder).artifact.path
  }

  /// The same, with how many bytes came from a server.
  func place(
    _ unit: Unit, in folder: String
  ) async throws(CatchmentError) -> (artifact: Artifacts.Artifact, received: Int64) {
    let unpacking = Unpacking(of: self, into: folder)
    guard var stage = FetchStage(self, into: folder) else { return (try unpacking.place(unit), 0) }
    try await stage.run([unit])
    guard let (file, path) = try stage.unit(unit) else { return (try unpacking.place(unit), 0) }
    let kept = Artifacts.Artifact(path: path, sha256: file.sha256, size: file.size)
    return (try unpacking.unpack(unit, keptAt: kept), stage.received)
  }
}

extension Pipeline.Complete {
  /// The source's units.
  ///
  /// A table that is replaced would lack the rows of what cannot be read, so that ends the run.
  func units() throws(CatchmentError) -> Discovery {
    let discovery = try source.units()
    if destination.mode == .replace, let problem = discovery.problems.first { throw problem }
    return discovery
  }
}
