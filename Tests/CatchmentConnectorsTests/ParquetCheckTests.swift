import Catchment
import CatchmentArchives
import CatchmentConnectors
import CatchmentTesting
import Foundation
import Testing

@Suite struct `A file of Parquet that contradicts itself` {
  private static let samples =
    (ProcessInfo.processInfo.environment["CATCHMENT_SAMPLES"] ?? "") + "/parquet_bad/bad_data"
  private static let damaged: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: samples)
    return (names ?? []).filter { $0.hasSuffix(".parquet") }.sorted()
  }()
  /// One value in its dictionary and indices of no bits: it says which value each of its rows has, and
  /// nothing contradicts it, though a reader stumbled over it once.
  private static let sound = "ARROW-GH-43605.parquet"

  private let files: TemporaryDirectory
  private let bench: Workbench

  init() throws {
    files = try TemporaryDirectory()
    bench = try Workbench()
  }

  private func read(_ path: String) throws -> Int {
    let source: ParquetSource = .parquet(path)
    let unit = try #require(try source.discover().units.first)
    return try bench.count(source.read(unit, keptAt: unit.path, in: bench).rows)
  }

  private func write(_ query: String, _ options: String = "") throws -> String {
    let path = "\(files.path)/a.parquet"
    try bench.execute("COPY (\(query)) TO '\(path)' (FORMAT parquet\(options))")
    return path
  }

  @Test(.enabled(if: !damaged.isEmpty, "no samples: set CATCHMENT_SAMPLES"), arguments: damaged)
  func `is refused, as recorded ones are`(name: String) throws {
    guard name != Self.sound else {
      return #expect(try read("\(Self.samples)/\(name)") == 21_186)
    }
    let error = #expect(throws: CatchmentError.self) { try read("\(Self.samples)/\(name)") }
    #expect(error?.code.exitCode == 4)
  }

  @Test(arguments: ["uncompressed", "snappy", "zstd"])
  func `is not one with lists, maps and structures of all kinds`(codec: String) throws {
    let path = try write(
      """
      SELECT range AS id,
        CASE range % 4 WHEN 0 THEN NULL WHEN 1 THEN [] ELSE [range, NULL] END AS list,
        CASE range % 5 WHEN 0 THEN [] WHEN 1 THEN [NULL] ELSE [[range], [], [1, 2]] END AS lists,
        CASE WHEN range % 3 > 0 THEN {'a': range, 'b': [{'c': range, 'd': ['x', 'y']}]} END AS s,
        CASE range % 3 WHEN 0 THEN MAP {} WHEN 1 THEN MAP {range: [1, 2, 3], -1: []} END AS m,
        [1, range]::BIGINT[2] AS pair, [{'k': range}] AS structures
      FROM range(20000)
      """, ", COMPRESSION \(codec), ROW_GROUP_SIZE 4096")
    #expect(try read(path) == 20_000)
  }

  /// A file of one column and one page of numbers, and where the fields of that page's header are.
  private func onePage() throws -> (bytes: [UInt8], sizes: Range<Int>, header: Int) {
    let path = try write(
      "SELECT (range * 7919)::INTEGER AS n FROM range(50)",
      ", COMPRESSION uncompressed, DICTIONARY_SIZE_LIMIT 1")
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    // Its type, two sizes of two bytes each, then the struct that begins with the number of values.
    try #require(bytes[4...5] == [0x15, 0x00] && bytes[6] == 0x15 && bytes[9] == 0x15)
    try #require(bytes[12...14] == [0x2C, 0x15, 100])
    return (bytes, 6..<12, 12)
  }

  private func failure(_ bytes: [UInt8]) throws -> String? {
    try files.write(bytes, to: "b.parquet")
    let error = #expect(throws: CatchmentError.self) { try read("\(files.path)/b.parquet") }
    #expect(error?.code == .validation && error?.message == "the file cannot be read as Parquet")
    return error?.cause
  }

  @Test func `is told by the number of values in its pages`() throws {
    var (bytes, _, header) = try onePage()
    bytes[header + 2] = 120
    #expect(
      try failure(bytes) == "the column n has 60 values in its pages, and 50 by the footer")
    bytes[header + 2] = 99
    #expect(try failure(bytes) == "a page of the column n at byte 4 is not whole")
  }

  @Test func `is told by the checksums of its pages, when they have some`() throws {
    let (bytes, sizes, header) = try onePage()
    let size = Int(bytes[sizes.upperBound - 2] & 0x7F) | Int(bytes[sizes.upperBound - 1]) << 7
    let start =
      try #require(
        bytes.indices.dropFirst(header).first { bytes[$0] == 0 && bytes[$0 - 1] == 0 }) + 1
    let page = bytes[start..<start + size / 2]
    let sum = Array(page).withUnsafeBytes { CRC32.of($0) }
    var field: [UInt8] = [0x15]
    var zigzag = UInt64(
      bitPattern: Int64(Int32(bitPattern: sum)) << 1 ^ Int64(Int32(bitPattern: sum)) >> 63)
    repeat {
      field.append(UInt8(zigzag & 0x7F) | (zigzag > 0x7F ? 0x80 : 0))
      zigzag >>= 7
    } while zigzag > 0
    // The field stands in front of the struct, whose number is then told from its own.
    var sealed = bytes[..<header] + field + [0x1C] + bytes[(header + 1)...]
    try files.write(Array(sealed), to: "c.parquet")
    #expect(try read("\(files.path)/c.parquet") == 50)
    sealed[start + field.count + 20] ^= 1
    #expect(
      try failure(Array(sealed))
        == "a page of the column n at byte \(start + field.count) is damaged: its checksum is wrong"
    )
  }
}
