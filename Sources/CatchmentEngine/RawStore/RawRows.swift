internal import Catchment
internal import DuckDB

/// Rows of the raw store's files as the engine hands them out.
struct RawRows {
  /// What a query has to select, before anything else.
  static let columns = "generation, line, \"offset\", sha256, payload"

  let count: Int
  private let generations: Vector
  private let lines: Vector
  private let offsets: Vector
  private let digests: Vector
  /// The payloads, or what was selected instead.
  private let payloads: Vector
  /// The names of the units, when they were selected too.
  private let units: Vector?

  init(_ chunk: DataChunk) {
    count = chunk.rowCount
    generations = chunk.column(0)
    lines = chunk.column(1)
    offsets = chunk.column(2)
    digests = chunk.column(3)
    payloads = chunk.column(4)
    units = chunk.columnCount > 5 ? chunk.column(5) : nil
  }

  func unit(at row: Int) -> String { units?.string(at: row) ?? "" }

  func isUnit(_ name: String, at row: Int) -> Bool {
    units?.withBytes(at: row) { $0.elementsEqual(name.utf8) } ?? false
  }

  /// The record of a row whose payload lies at `position` of some region.
  func record(at row: Int, position: Int, length: Int, isNew: Bool) -> RawRecord {
    let digest = digests.withBytes(at: row) { bytes in
      func word(_ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
      }
      return RawRecord.Digest(words: (word(0), word(1), word(2), word(3)))
    }
    return RawRecord(
      position: position, length: length, offset: offsets.int64(at: row),
      line: lines.int64(at: row), generation: Int32(generations.int64(at: row)), isNew: isNew,
      digest: digest)
  }

  func withPayload<R>(at row: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R {
    payloads.withBytes(at: row, body)
  }
}

/// A unit that is put together again from its records, in a region of its own.
///
/// Each record must have the SHA-256 that was kept with it.
struct RawFilling {
  /// So many bytes are filled before their memory is given back.
  private static let stride = 16 << 20

  private let unit: Unit
  private let region: ByteRegion
  private let space: UnsafeMutableRawBufferPointer
  private var used = 0
  private var remembered = 0
  private var records = ContiguousArray<RawRecord>()

  /// - Parameter size: what the records take with a line end each.
  init(_ unit: Unit, _ size: Int, in region: ByteRegion) throws(CatchmentError) {
    self.unit = unit
    self.region = region
    space = try region.reserve(size)
  }

  /// Appends a record, unless it is the last one again.
  mutating func append(_ rows: RawRows, _ row: Int, isNew: Bool) throws(CatchmentError) {
    let start = used
    let length = rows.withPayload(at: row) { payload in
      UnsafeMutableRawBufferPointer(rebasing: space[start...]).copyMemory(from: payload)
      return payload.count
    }
    let record = rows.record(at: row, position: start, length: length, isNew: isNew)
    if let last = records.last, last.line == record.line, last.generation == record.generation {
      return
    }
    let bytes = UnsafeRawBufferPointer(rebasing: space[start..<start + length])
    guard RawRecord.Digest(of: bytes) == record.digest else {
      throw .changedRecord(unit, record)
    }
    space[start + length] = UInt8(ascii: "\n")
    used = start + length + 1
    records.append(record)
    if used - remembered >= Self.stride {
      region.forget()
      remembered = used
    }
  }

  func finish(importedAt: Int64) -> ReadUnit {
    let content = UnitContent(
      unit: unit, region: UnsafeRawBufferPointer(rebasing: space[..<used]), records: records,
      isOpenEnded: false, importedAt: importedAt)
    return ReadUnit(content: content, isPrefixUnchanged: true, region: region)
  }
}
