/// How the files of a source may be packed, told by the ends of their names.
public struct Packing: Sendable, Hashable {
  /// How names end of files that are compressed.
  public static let compressed = [".gz", ".zst", ".bz2", ".xz"]
  private static let archive = ".zip"

  /// How the names of the source's files end, unpacked.
  ///
  /// Of an archive, such members are read.
  public let endings: [String]
  /// Of `compressed`, what the source reads as it is; the engine unpacks the others.
  public let own: [String]

  public init(_ endings: [String], own: [String] = []) {
    self.endings = endings
    self.own = own
  }

  /// Whether a file of a directory is one of the source's, packed or not.
  public func mayHold(_ path: String) -> Bool {
    let name = path.lowercased()
    guard let packed = (Self.compressed + [Self.archive]).first(where: name.hasSuffix) else {
      return isMember(name)
    }
    return isMember(String(name.dropLast(packed.count)))
  }

  /// Whether a member of an archive is one of the source's files.
  public func isMember(_ name: String) -> Bool {
    let name = name.lowercased()
    return endings.contains { name.hasSuffix($0) }
  }

  public func isArchive(_ path: String) -> Bool { path.lowercased().hasSuffix(Self.archive) }

  /// Whether a file is compressed in a way that the source does not read.
  public func isCompressed(_ path: String) -> Bool {
    let name = path.lowercased()
    return Self.compressed.contains { name.hasSuffix($0) && !own.contains($0) }
  }
}
