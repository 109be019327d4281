internal import Catchment
internal import CatchmentArchives
internal import DuckDB
internal import Foundation

/// Whether a file of Parquet agrees with itself, where the engine would read on without a word: the
/// pages with the number of values that the footer states, with their own checksums, and the lists
/// with the values that there are.
///
/// Source: Apache Parquet's `parquet.thrift` and "File Format".
struct ParquetCheck {
  /// The values of a column in a group of rows.
  private struct Chunk {
    var column: String
    var start: Int64
    var values: Int64
  }

  private let path: String
  private let bench: Workbench

  init(_ path: String, in bench: Workbench) { (self.path, self.bench) = (path, bench) }

  /// Throws `failed` with what contradicts what.
  func run() throws(CatchmentError) {
    let pages = try ParquetPages(path)
    for chunk in try chunks() {
      let values = try pages.values(from: chunk.start, atLeast: chunk.values, of: chunk.column)
      guard values == chunk.values else {
        throw .contradiction(
          "the column \(chunk.column) has \(values) values in its pages, and \(chunk.values) by the "
            + "footer")
      }
    }
    try checkLists()
  }

  private func chunks() throws(CatchmentError) -> [Chunk] {
    try bench.query(
      """
      SELECT path_in_schema, num_values, data_page_offset, dictionary_page_offset
      FROM parquet_metadata(\(SQL.literal(path)))
      """
    ).map { row in
      let starts = [row[2].int64, row[3].int64].compactMap { $0 }.filter { $0 > 0 }
      return Chunk(
        column: row[0].text ?? "", start: starts.min() ?? 0, values: row[1].int64 ?? 0)
    }
  }

  // MARK: Lists

  /// Of lists the footer counts the elements, and one for each that is empty or missing.
  private func checkLists() throws(CatchmentError) {
    let rows = try bench.view("SELECT * FROM read_parquet(\(SQL.literal(path)))")
    let leaves = rows.columns.flatMap { Self.leaves(SQL.identifier($0.name), $0.type) }
    let stated = try bench.query(
      """
      SELECT path_in_schema, sum(num_values)::BIGINT
      FROM parquet_metadata(\(SQL.literal(path))) GROUP BY column_id, path_in_schema
      ORDER BY column_id
      """)
    // Of types that are kept in several columns this way of counting knows nothing.
    guard leaves.count == stated.count else { return }
    let lists = leaves.indices.filter { leaves[$0] != "1" }
    guard !lists.isEmpty else { return }
    let sums = lists.map { "sum(\(leaves[$0]))::BIGINT" }
    let counted = try bench.query("SELECT \(sums.joined(separator: ", ")) FROM \(rows.sql)")
    for (place, sum) in zip(lists, counted.first ?? []) {
      let (values, expected) = (sum.int64 ?? 0, stated[place][1].int64 ?? 0)
      guard values == expected else {
        throw .contradiction(
          "the lists of \(stated[place][0].text ?? "") hold \(values) values, and \(expected) by "
            + "the footer")
      }
    }
  }

  /// SQL for how many values a row has in each of the columns that a value is kept in.
  private static func leaves(_ value: String, _ type: LogicalType, depth: Int = 0) -> [String] {
    switch type {
    case .list(let element):
      let name = "e\(depth)"
      return leaves(name, element, depth: depth + 1).map { inner in
        guard inner != "1" else { return "greatest(coalesce(len(\(value)), 1), 1)" }
        let counts = "list_transform(\(value), lambda \(name): \(inner))"
        return "greatest(coalesce(list_sum(\(counts)), 1), 1)"
      }
    case .map(let key, let element):
      return leaves("map_keys(\(value))", .list(key), depth: depth)
        + leaves("map_values(\(value))", .list(element), depth: depth)
    case .structure(let fields):
      return fields.flatMap { field in
        leaves("(\(value)).\(SQL.identifier(field.name))", field.type, depth: depth)
      }
    default: return ["1"]
    }
  }
}

/// The pages of a file of Parquet, of which the headers are read and little else.
private struct ParquetPages {
  private struct Header {
    var length = 0
    var size: Int64 = -1
    var checksum: UInt32?
    /// Nil of a page that is not of values, such as a dictionary.
    var values: Int64?
  }

  private let file: FileHandle
  private let path: String
  private let end: Int64

  init(_ path: String) throws(CatchmentError) {
    self.path = path
    do {
      file = try FileHandle(forReadingFrom: URL(filePath: path))
      end = try Int64(file.seekToEnd())
    } catch {
      throw CatchmentError(.sourceUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }

  /// How many values the pages from a place on hold, up to the first that makes it enough.
  func values(
    from start: Int64, atLeast wanted: Int64, of column: String
  ) throws(CatchmentError) -> Int64 {
    var (place, values) = (start, Int64(0))
    while values < wanted {
      let header = try header(at: place, of: column)
      let next = place + Int64(header.length) + header.size
      guard header.size >= 0, (header.values ?? 0) >= 0, next <= end else {
        throw .contradiction("a page of the column \(column) at byte \(place) is not whole")
      }
      if let checksum = header.checksum {
        try check(checksum, of: place + Int64(header.length)..<next, of: column)
      }
      (place, values) = (next, values + (header.values ?? 0))
    }
    return values
  }

  private func check(
    _ checksum: UInt32, of range: Range<Int64>, of column: String
  ) throws(CatchmentError) {
    var (sum, place) = (UInt32(0), range.lowerBound)
    while place < range.upperBound {
      let bytes = try read(Int(min(range.upperBound - place, 1 << 20)), at: place)
      sum = bytes.withUnsafeBytes { CRC32.of($0, after: sum) }
      place += Int64(bytes.count)
    }
    guard sum == checksum else {
      throw .contradiction(
        "a page of the column \(column) at byte \(range.lowerBound) is damaged: its checksum is "
          + "wrong")
    }
  }

  /// Headers may hold the least and the greatest value, so how long they are is not known before.
  private func header(at place: Int64, of column: String) throws(CatchmentError) -> Header {
    var length = 256
    while true {
      let bytes = try read(length, at: place)
      var reader = ThriftReader(bytes)
      do throws(ThriftReader.Fault) {
        return try Self.header(&reader)
      } catch {
        guard error == .cutShort, bytes.count == length, length < 64 << 20 else {
          throw .contradiction("there is no page of the column \(column) at byte \(place)")
        }
        length *= 16
      }
    }
  }

  private static func header(
    _ reader: inout ThriftReader
  ) throws(ThriftReader.Fault) -> Header {
    var header = Header()
    try reader.fields { (id, type, reader) throws(ThriftReader.Fault) in
      switch (id, type) {
      case (3, 5): header.size = try reader.integer()
      case (4, 5): header.checksum = UInt32(truncatingIfNeeded: try reader.integer())
      // Pages of values, of the first and the second version: how many is their first field.
      case (5, 12), (8, 12):
        try reader.fields { (id, type, reader) throws(ThriftReader.Fault) in
          if id == 1, type == 5 {
            header.values = try reader.integer()
          } else {
            try reader.skip(type)
          }
        }
      default: try reader.skip(type)
      }
    }
    header.length = reader.position
    return header
  }

  private func read(_ count: Int, at place: Int64) throws(CatchmentError) -> [UInt8] {
    guard place >= 0, place <= end else { return [] }
    do {
      try file.seek(toOffset: UInt64(place))
      return Array(try file.read(upToCount: count) ?? Data())
    } catch {
      throw CatchmentError(.sourceUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }
}

extension CatchmentError {
  fileprivate static func contradiction(_ what: String) -> CatchmentError {
    CatchmentError(.failed, "the file contradicts itself", cause: what)
  }
}
