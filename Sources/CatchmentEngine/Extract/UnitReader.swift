internal import Catchment
internal import Crypto
internal import JSONTape

/// A unit's records, and how far they reach.
struct ReadUnit {
  var content: UnitContent
  /// Whether the part that was committed before is as it was.
  var isPrefixUnchanged: Bool
  /// What holds the bytes.
  var region: ByteRegion

  /// The cursor after the first `count` records: of the file as it is now, so of the last generation.
  func cursor(after count: Int) -> Cursor {
    var digest = SHA256()
    let last = count > 0 ? content.records[count - 1] : nil
    for record in content.records.prefix(count) where record.generation == last?.generation {
      withUnsafeBytes(of: record.digest.words) { digest.update(bufferPointer: $0) }
    }
    return Cursor(
      generation: Int(last?.generation ?? 0),
      offset: last.map { $0.offset + Int64($0.length) } ?? 0,
      lines: last?.line ?? 0,
      prefixDigest: Array(digest.finalize()))
  }
}

/// Reads units: their bytes, split into records, each hashed.
///
/// One per worker; what it returns is valid until it reads again.
final class UnitReader {
  let region: ByteRegion
  private let source: any Source
  private let retry: RetryPolicy
  private let companions: CompanionRecords?

  init(
    _ source: any Source, spill: String, retry: RetryPolicy = .never,
    companions: CompanionRecords? = nil
  ) {
    self.source = source
    self.retry = retry
    self.companions = companions
    region = ByteRegion(spill: spill)
  }

  convenience init(_ shared: ImportShared) {
    self.init(
      shared.source, spill: shared.spill, retry: shared.retry, companions: shared.companions)
  }

  /// Reads a file as far as its size was when it was found, and cuts it into records.
  ///
  /// What lies before `cursor` is read too: its hash proves that the file only grew. Only what comes
  /// after is new. Blank lines are no records.
  func read(
    _ unit: Unit, after cursor: Cursor?, importedAt: Int64
  ) throws(CatchmentError) -> ReadUnit {
    let loaded = try retry.run(while: \.isTransient) { () throws(CatchmentError) in
      try load(unit)
    }
    let bytes = loaded.bytes
    var content = UnitContent(
      unit: unit, region: bytes, records: [], isOpenEnded: false, importedAt: importedAt)
    content.records.reserveCapacity(bytes.count / 1_500)
    for part in loaded.parts {
      content.isOpenEnded = try source.framing(of: part.name)
        .split(part.range, of: bytes, in: region, into: &content.records)
    }
    try addCompanions(to: &content, members: loaded.members)
    let isUnchanged = verify(&content.records, cursor)
    return ReadUnit(content: content, isPrefixUnchanged: isUnchanged, region: region)
  }

  /// Appends what the files that the records point at are.
  private func addCompanions(
    to content: inout UnitContent, members: [String]?
  ) throws(CatchmentError) {
    guard let lines = try companions?.lines(for: content, in: region, members: members),
      !lines.isEmpty
    else { return }
    let end = content.region.count
    content.region = try region.append(lines, to: content.region)
    _ = try Framing.lines
      .split(end..<end + lines.count, of: content.region, in: region, into: &content.records)
  }

  private struct Loaded {
    var bytes: UnsafeRawBufferPointer
    /// Those that are cut into records each in its own way.
    var parts: [Archive.Member]
    /// All the names in an archive.
    var members: [String]?

    init(whole path: String, _ bytes: UnsafeRawBufferPointer) {
      self.init(bytes, [.init(name: path, range: 0..<bytes.count)])
    }

    init(_ bytes: UnsafeRawBufferPointer, _ parts: [Archive.Member], members: [String]? = nil) {
      self.bytes = bytes
      self.parts = parts
      self.members = members
    }
  }

  /// The unit's bytes, and the parts of them that are cut into records each in its own way: a
  /// packed file's members, or the whole file.
  private func load(_ unit: Unit) throws(CatchmentError) -> Loaded {
    if case .database(let tables) = source.framing(of: unit.path) {
      let bytes = try region.receive { (file) throws(CatchmentError) in
        try DatabaseRows(path: unit.path).write(tables, to: &file)
      }
      return Loaded(whole: unit.path, bytes)
    }
    guard try Archive.isPacked(unit.path) else {
      let bytes = try region.load(unit.path, size: Int(unit.fingerprint.size))
      return Loaded(whole: unit.path, bytes)
    }
    var (members, names): ([Archive.Member], [String]) = ([], [])
    let bytes = try region.receive { (file) throws(CatchmentError) in
      names.removeAll()
      members = try Archive(path: unit.path).unpack(into: &file, size: unit.fingerprint.size) {
        names.append($0)
        return source.mayHold($0)
      }
    }
    return Loaded(bytes, members, members: names)
  }

  /// Marks what was committed before, or begins a new generation when that part changed.
  private func verify(_ records: inout ContiguousArray<RawRecord>, _ cursor: Cursor?) -> Bool {
    guard let cursor else { return true }
    var digest = SHA256()
    var count = 0
    while count < records.count, records[count].offset < cursor.offset {
      withUnsafeBytes(of: records[count].digest.words) { digest.update(bufferPointer: $0) }
      count += 1
    }
    let isUnchanged = Array(digest.finalize()) == cursor.prefixDigest
    let generation = Int32(isUnchanged ? cursor.generation : cursor.generation + 1)
    for index in records.indices {
      records[index].generation = generation
      records[index].isNew = !isUnchanged || index >= count
    }
    return isUnchanged
  }
}

extension RawRecord.Digest {
  init(of bytes: UnsafeRawBufferPointer) {
    var hasher = SHA256()
    hasher.update(bufferPointer: bytes)
    self = hasher.finalize().withUnsafeBytes { digest in
      func word(_ index: Int) -> UInt64 {
        digest.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      }
      return RawRecord.Digest(words: (word(0), word(1), word(2), word(3)))
    }
  }
}
