internal import Catchment
internal import Crypto
internal import JSONTape

/// A unit's records, and how far they reach.
struct ReadUnit {
  var content: UnitContent
  /// Whether the part that was committed before is as it was.
  var isPrefixUnchanged: Bool

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

  init(spill: String) { region = ByteRegion(spill: spill) }

  /// Reads a file of lines as far as its size was when it was found.
  ///
  /// What lies before `cursor` is read too: its hash proves that the file only grew. Only what comes
  /// after is new. Blank lines are no records.
  func read(
    _ unit: Unit, after cursor: Cursor?, importedAt: Int64
  ) throws(CatchmentError) -> ReadUnit {
    let bytes = try region.load(unit.path, size: Int(unit.fingerprint.size))
    var records = ContiguousArray<RawRecord>()
    records.reserveCapacity(bytes.count / 1_500)
    let isOpenEnded = try split(bytes, into: &records)
    let isUnchanged = verify(&records, cursor)
    let content = UnitContent(
      unit: unit, region: bytes, records: records, isOpenEnded: isOpenEnded, importedAt: importedAt)
    return ReadUnit(content: content, isPrefixUnchanged: isUnchanged)
  }

  /// Tells whether the last line has no end.
  private func split(
    _ bytes: UnsafeRawBufferPointer, into records: inout ContiguousArray<RawRecord>
  ) throws(CatchmentError) -> Bool {
    var cancellation = CancellationCheck()
    var number: Int64 = 0
    var isOpenEnded = false
    for line in LineReader(bytes) {
      number += 1
      guard !line.bytes.isBlank else { continue }
      try cancellation.advance(by: line.bytes.count)
      isOpenEnded = !line.isTerminated
      records.append(
        RawRecord(
          position: line.offset, length: line.bytes.count, offset: Int64(line.offset), line: number,
          generation: 0, isNew: true, digest: .init(of: line.bytes)))
    }
    return isOpenEnded
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

extension UnsafeRawBufferPointer {
  /// Nothing but spaces and tabs.
  var isBlank: Bool {
    guard let first else { return true }
    return first <= 0x20 && allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
  }
}
