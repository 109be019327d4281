public import DuckDB

/// The smallest piece of work that is read, retried and committed on its own.
///
/// For files of lines a unit is one file; what was read of it before is its `Cursor`. A unit is a
/// description: making one opens nothing.
public struct Unit: Sendable, Hashable {
  /// The platform or source that understands it, for example `claude_code`.
  public var source: String
  /// Where it lies: an absolute path.
  public var path: String
  /// The file that it is a member of; its path is then the file's and its own name below it.
  public var archive: String?
  /// The machine it lies on; nil for the home's own.
  public let machine: String?
  /// Its identity, made from source and path, and from the machine when that is not the home's own:
  /// two machines may have different files at one path.
  public var id: UUIDBytes
  /// As it was when the unit was found; another one since means that it is to be read again.
  public var fingerprint: Fingerprint

  /// What can be told of a file without reading it.
  public struct Fingerprint: Sendable, Hashable {
    /// In bytes.
    public var size: Int64
    /// Nanoseconds since 1970.
    public var modified: Int64

    public init(size: Int64, modified: Int64) {
      self.size = size
      self.modified = modified
    }
  }

  /// A unit whose `id` follows from its source, its machine and its path.
  public init(source: String, path: String, fingerprint: Fingerprint, machine: String? = nil) {
    self.source = source
    self.path = path
    self.fingerprint = fingerprint
    self.machine = machine
    // No name of a machine has a slash, and a path begins with one.
    id = StableID(platform: source)("unit", (machine ?? "") + path)
  }
}

/// How far a unit has been read and committed.
public struct Cursor: Sendable, Hashable {
  /// Counts the times the file was written anew; a file that only grows keeps its generation.
  public var generation: Int
  /// The next byte to read.
  public var offset: Int64
  /// Lines read so far, blank ones included.
  public var lines: Int64
  /// SHA-256 over the SHA-256 of each line before `offset`: proves that the prefix is unchanged.
  public var prefixDigest: [UInt8]

  /// A place in a unit; `offset` and `lines` must count the same beginning of the file.
  public init(generation: Int, offset: Int64, lines: Int64, prefixDigest: [UInt8]) {
    self.generation = generation
    self.offset = offset
    self.lines = lines
    self.prefixDigest = prefixDigest
  }
}
