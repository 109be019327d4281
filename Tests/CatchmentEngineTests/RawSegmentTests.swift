import Catchment
import CatchmentTesting
import DuckDB
import Testing

@testable import CatchmentEngine

/// How many records, and how long their payloads are.
struct SegmentShape: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let sizes: [Int]
  var rowGroups = 1
}

@Suite struct `A file of the raw store` {
  private static let shapes = [
    SegmentShape(testDescription: "one empty payload", sizes: [0]),
    SegmentShape(testDescription: "only empty payloads", sizes: Array(repeating: 0, count: 5_000)),
    SegmentShape(testDescription: "a chunk less one", sizes: Array(repeating: 10, count: 2_047)),
    SegmentShape(testDescription: "a chunk and one", sizes: Array(repeating: 10, count: 2_049)),
    SegmentShape(testDescription: "growing payloads", sizes: Array(0..<1_500)),
    SegmentShape(
      testDescription: "5 MB among small ones", sizes: [1, 5 << 20, 0, 1], rowGroups: 2),
    SegmentShape(testDescription: "a page to the byte", sizes: [(1 << 20) - 4, (1 << 20) - 3, 1]),
    SegmentShape(
      testDescription: "many row groups", sizes: Array(repeating: 3 << 20, count: 20), rowGroups: 10
    ),
  ]

  @Test(arguments: shapes)
  func `gives back what was written`(shape: SegmentShape) throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/a.parquet"
    var writer = try RawSegmentWriter(path: path, compressor: ZstdCompressor(level: 1))
    var random = SeededRandom(seed: 7)
    var digests: [[UInt8]] = []
    for (index, size) in shape.sizes.enumerated() {
      let payload = Self.payload(size, &random)
      let digest = payload.withUnsafeBytes { RawRecord.Digest(of: $0) }
      withUnsafeBytes(of: digest.words) { digests.append(Array($0)) }
      let record = RawRecord(
        position: 0, length: size, offset: Int64(index) << 33, line: Int64(index + 1),
        generation: Int32(index % 3), isNew: true, digest: digest)
      try payload.withUnsafeBytes {
        try writer.append(
          record, unit: Self.unit(index), payload: $0, extractedAt: 1_700_000_000_000_000)
      }
    }
    #expect(writer.records == shape.sizes.count)
    try writer.publish(properties: [("catchment.run", "r")])
    try expect(path, shape, digests)
  }

  private func expect(_ path: String, _ shape: SegmentShape, _ digests: [[UInt8]]) throws {
    let connection = try Database().connect()
    let result = try connection.stream(
      """
      SELECT unit, generation, line, "offset", length, sha256, epoch_us(extracted_at), payload
      FROM read_parquet('\(path)')
      """)
    var index = 0
    while let chunk = try result.next() {
      for row in 0..<chunk.rowCount {
        let payload = chunk.column(7).withBytes(at: row) { bytes in
          (bytes.count, withUnsafeBytes(of: RawRecord.Digest(of: bytes).words) { Array($0) })
        }
        let isSame =
          Array(chunk.column(0).string(at: row).utf8) == Self.unit(index)
          && chunk.column(1).int64(at: row) == Int64(index % 3)
          && chunk.column(2).int64(at: row) == Int64(index + 1)
          && chunk.column(3).int64(at: row) == Int64(index) << 33
          && chunk.column(4).int64(at: row) == Int64(shape.sizes[index])
          && chunk.column(5).withBytes(at: row) { Array($0) } == digests[index]
          && chunk.column(6).int64(at: row) == 1_700_000_000_000_000
          && payload == (shape.sizes[index], digests[index])
        if !isSame { Issue.record("record \(index) is not what was written") }
        index += 1
      }
    }
    #expect(index == shape.sizes.count)
    let groups = try connection.query(
      "SELECT count(DISTINCT row_group_id) FROM parquet_metadata('\(path)')")
    #expect(try groups.scalar()?.int64 == Int64(shape.rowGroups))
    let property = try connection.query(
      "SELECT decode(value) FROM parquet_kv_metadata('\(path)') WHERE decode(key) = 'catchment.run'"
    )
    #expect(try property.scalar()?.text == "r")
    // The bounds in the footer must not hide a unit.
    let found = try connection.query(
      "SELECT count(*) FROM read_parquet('\(path)') WHERE unit = ?",
      .text(String(decoding: Self.unit(0), as: UTF8.self)))
    let expected = shape.sizes.indices.count { Self.unit($0) == Self.unit(0) }
    #expect(try found.scalar()?.int64 == Int64(expected))
  }

  private static func unit(_ index: Int) -> [UInt8] { Array("/ü/\((index / 700 * 7) % 10)".utf8) }

  /// Bytes of every value; the last half can be compressed.
  private static func payload(_ size: Int, _ random: inout SeededRandom) -> [UInt8] {
    var payload = [UInt8](repeating: 0x61, count: size)
    for index in 0..<min(size / 2, 4_096) { payload[index] = UInt8(random.below(256)) }
    return payload
  }

  @Test func `is not there until it is published`() throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/a.parquet"
    var segment: RawSegment? = try RawSegment(path: path, ZstdCompressor(level: 1))
    #expect(segment?.records == 0)
    #expect(try Directory.entries(of: directory.path) == ["a.parquet.part"])
    segment = nil
    #expect(try Directory.entries(of: directory.path) == [])
  }
}
