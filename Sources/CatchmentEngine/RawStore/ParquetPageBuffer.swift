internal import Catchment

/// The values of one column that wait for their page to be written, and what the pages written so
/// far add up to.
struct ParquetPageBuffer {
  private(set) var bytes = ByteBuffer()
  private(set) var values = 0
  private var firstPage: Int64?
  private var valuesInChunk: Int64 = 0
  private var compressedSize: Int64 = 0
  private var uncompressedSize: Int64 = 0

  mutating func append(_ raw: UnsafeRawBufferPointer) {
    bytes.append(raw)
    values += 1
  }

  /// A byte array is its length in four bytes, then itself.
  mutating func append(lengthPrefixed raw: UnsafeRawBufferPointer) {
    bytes.append(UInt32(raw.count).littleEndian)
    append(raw)
  }

  mutating func append<T: FixedWidthInteger>(_ value: T) {
    bytes.append(value.littleEndian)
    values += 1
  }

  /// Notes that the waiting values now lie in the file from `start` to `end`, header included.
  mutating func finishPage(start: Int64, end: Int64) {
    finishPage(start: start, end: end, values: values, bytes: bytes.count)
    values = 0
    bytes.removeAll()
  }

  /// Notes that other values, which never waited here, lie in the file from `start` to `end`.
  mutating func finishPage(start: Int64, end: Int64, values: Int, bytes: Int) {
    firstPage = firstPage ?? start
    valuesInChunk += Int64(values)
    compressedSize += end - start
    uncompressedSize += Int64(bytes)
  }

  /// The chunk that the pages make; begins the next one.
  mutating func finishChunk(_ column: ParquetColumn) -> ParquetChunk {
    defer {
      firstPage = nil
      valuesInChunk = 0
      compressedSize = 0
      uncompressedSize = 0
    }
    return ParquetChunk(
      column: column, firstPage: firstPage ?? 0, values: valuesInChunk,
      compressedSize: compressedSize, uncompressedSize: uncompressedSize)
  }
}
