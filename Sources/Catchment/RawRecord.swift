public import DuckDB

/// Exactly the bytes a source gave for one record, by where they are and what they hash to.
///
/// The bytes themselves stay in the region they were read into; a record is a handful of words.
public struct RawRecord: Sendable {
  /// Where the bytes begin in the region that holds them now.
  public var position: Int
  /// In bytes, without the line's end.
  public var length: Int
  /// Where the bytes begin in the unit.
  public var offset: Int64
  /// Counts from 1, blank lines included.
  public var line: Int64
  /// Which writing of the file it was read from: see `Cursor.generation`.
  public var generation: Int32
  /// Whether this run read it first.
  public var isNew: Bool
  /// The SHA-256 of the record's bytes, its line's end left out.
  public var digest: Digest

  /// A SHA-256.
  public struct Digest: Sendable, Hashable {
    /// The 32 bytes as they lie in memory, eight to a word.
    public var words: (UInt64, UInt64, UInt64, UInt64)

    /// A digest from the words it is made of; see `words`.
    public init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

    public static func == (a: Digest, b: Digest) -> Bool {
      a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2
        && a.words.3 == b.words.3
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
  }

  public init(
    position: Int, length: Int, offset: Int64, line: Int64, generation: Int32, isNew: Bool,
    digest: Digest
  ) {
    self.position = position
    self.length = length
    self.offset = offset
    self.line = line
    self.generation = generation
    self.isNew = isNew
    self.digest = digest
  }
}

extension RawRecord {
  /// The record's identity in the ledger: its unit's, moved on by generation and line.
  public func id(in unit: Unit) -> UUIDBytes {
    let place = UInt64(truncatingIfNeeded: line) &+ UInt64(truncatingIfNeeded: generation) << 44
    return UUIDBytes(high: unit.id.high, low: unit.id.low &+ place)
  }
}

/// A unit's records and the bytes they lie in.
///
/// `region` is valid only inside the call that hands the content over, and is followed by at least
/// 64 readable bytes.
public struct UnitContent {
  /// The unit whose records these are.
  public var unit: Unit
  /// The bytes that `RawRecord.position` counts in.
  public var region: UnsafeRawBufferPointer
  /// In the order of the file; blank lines are no records.
  public var records: ContiguousArray<RawRecord>
  /// Whether the last record has no line end: it may be half written.
  public var isOpenEnded: Bool
  /// When the unit was first read, in microseconds since 1970.
  public var importedAt: Int64

  public init(
    unit: Unit, region: UnsafeRawBufferPointer, records: ContiguousArray<RawRecord>,
    isOpenEnded: Bool, importedAt: Int64
  ) {
    self.unit = unit
    self.region = region
    self.records = records
    self.isOpenEnded = isOpenEnded
    self.importedAt = importedAt
  }

  /// The bytes of a record.
  public func bytes(of record: RawRecord) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: region[record.position..<record.position + record.length])
  }
}
