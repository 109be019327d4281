internal import Catchment

/// Writes one Parquet file of the raw store.
///
/// DuckDB could write it too, but only from a relation: the bytes would pass through its vectors
/// and its dictionary analysis first. Here each record is copied once, into the page that zstd
/// then compresses, which is what lets the raw store keep up with the parser.
struct RawSegmentWriter: ~Copyable {
  /// A page is compressed when it has this many bytes: large enough for zstd, small enough to
  /// stay in the processor's cache.
  private static let pageSize = 1 << 20
  /// A row group is closed at this many bytes of payload: what a reader that wants one unit must
  /// decompress.
  private static let rowGroupSize = 4 << 20

  private var file: DurableFile
  private let compressor: ZstdCompressor
  private let columns = ParquetColumn.rawRecord
  private var pages: [ParquetPageBuffer]
  private var rowGroups: [ParquetRowGroup] = []
  private var rowsInGroup: Int64 = 0
  private var payloadInGroup = 0
  private var leastUnit: [UInt8]?
  private var greatestUnit: [UInt8] = []
  private(set) var records = 0
  /// Bytes of payload so far, before compression.
  private(set) var payloadBytes: Int64 = 0

  init(path: String, compressor: ZstdCompressor) throws(CatchmentError) {
    var file = try DurableFile(path: path)
    try file.append(Self.magic)
    self.file = file
    self.compressor = compressor
    pages = columns.map { _ in ParquetPageBuffer() }
  }

  /// Appends one record of `unit`.
  mutating func append(
    _ record: RawRecord, unit: [UInt8], payload: UnsafeRawBufferPointer, extractedAt: Int64
  ) throws(CatchmentError) {
    noteBounds(unit)
    unit.withUnsafeBytes { pages[0].append(lengthPrefixed: $0) }
    pages[1].append(record.generation)
    pages[2].append(record.line)
    pages[3].append(record.offset)
    pages[4].append(Int32(record.length))
    withUnsafeBytes(of: record.digest.words) { pages[5].append($0) }
    pages[6].append(extractedAt)
    if payload.count >= Self.pageSize {
      try writePage(of: payload)
    } else {
      pages[7].append(lengthPrefixed: payload)
    }
    rowsInGroup += 1
    records += 1
    payloadInGroup += payload.count
    payloadBytes += Int64(payload.count)
    if pages[7].bytes.count >= Self.pageSize { try writePage(7) }
    if payloadInGroup >= Self.rowGroupSize { try closeRowGroup() }
  }

  /// Writes the footer and makes the file durable under its name.
  consuming func publish(properties: [(String, String)]) throws(CatchmentError) {
    try closeRowGroup()
    let footer = ParquetMetadata.footer(
      columns: columns, rowGroups: rowGroups, properties: properties)
    try append(footer)
    var length = UInt32(footer.count).littleEndian
    try withUnsafeBytes(of: &length) { (bytes) throws(CatchmentError) in try file.append(bytes) }
    try file.append(Self.magic)
    try file.publish()
  }

  private static var magic: UnsafeRawBufferPointer {
    let magic: StaticString = "PAR1"
    return UnsafeRawBufferPointer(start: magic.utf8Start, count: magic.utf8CodeUnitCount)
  }

  /// A reader skips the row groups that cannot hold the unit it looks for.
  private mutating func noteBounds(_ unit: [UInt8]) {
    if unit == greatestUnit, rowsInGroup > 0 { return }
    if leastUnit.map({ unit.lexicographicallyPrecedes($0) }) ?? true { leastUnit = unit }
    if greatestUnit.lexicographicallyPrecedes(unit) || rowsInGroup == 0 { greatestUnit = unit }
  }

  /// The payload's pages are already in the file when the group closes, so it comes first.
  private mutating func closeRowGroup() throws(CatchmentError) {
    guard rowsInGroup > 0 else { return }
    for index in pages.indices.reversed() { try writePage(index) }
    var chunks: [ParquetChunk] = []
    for (index, column) in columns.enumerated() {
      var chunk = pages[index].finishChunk(column)
      if index == 0, let leastUnit { chunk.bounds = (leastUnit, greatestUnit) }
      chunks.append(chunk)
    }
    rowGroups.append(ParquetRowGroup(rows: rowsInGroup, chunks: chunks))
    rowsInGroup = 0
    payloadInGroup = 0
    leastUnit = nil
    greatestUnit = []
  }

  private mutating func writePage(_ index: Int) throws(CatchmentError) {
    guard pages[index].values > 0 else { return }
    // Taken out while it is written, so that nothing else can touch it and nothing is copied.
    var page = ParquetPageBuffer()
    swap(&page, &pages[index])
    let start = file.size
    try write(page.bytes, values: page.values)
    page.finishPage(start: start, end: file.size)
    swap(&page, &pages[index])
  }

  /// A page for one long payload, which is compressed from where it lies.
  ///
  /// The page's header comes first and has the compressed size, so it is compressed twice: once to
  /// be counted.
  private mutating func writePage(of payload: UnsafeRawBufferPointer) throws(CatchmentError) {
    try writePage(7)
    let start = file.size
    var length = UInt32(payload.count).littleEndian
    try withUnsafeBytes(of: &length) { (prefix) throws(CatchmentError) in
      var compressed = 0
      try compressor.stream([prefix, payload]) { compressed += $0.count }
      let size = prefix.count + payload.count
      try append(
        ParquetMetadata.pageHeader(values: 1, compressed: compressed, uncompressed: size))
      try compressor.stream([prefix, payload]) { (piece) throws(CatchmentError) in
        try file.append(piece)
      }
      pages[7].finishPage(start: start, end: file.size, values: 1, bytes: size)
    }
  }

  private mutating func write(
    _ bytes: borrowing ByteBuffer, values: Int
  ) throws(CatchmentError) {
    try bytes.withUnsafeBytes { (bytes) throws(CatchmentError) in
      try compressor.compress(bytes) { (compressed) throws(CatchmentError) in
        let header = ParquetMetadata.pageHeader(
          values: values, compressed: compressed.count, uncompressed: bytes.count)
        try append(header)
        try file.append(compressed)
      }
    }
  }

  private mutating func append(_ bytes: [UInt8]) throws(CatchmentError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CatchmentError) in
      try file.append(UnsafeRawBufferPointer(buffer))
    }
  }
}
