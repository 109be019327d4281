/// A column of the raw store's Parquet files: its name, its type, and how a page of it is told in
/// the footer.
///
/// All are required and PLAIN-encoded, so a page is just its values end to end.
struct ParquetColumn: Sendable {
  enum PhysicalType: Int32, Sendable {
    case int32 = 1
    case int64 = 2
    case bytes = 6
    case fixedBytes = 7
  }

  enum Meaning: Int32, Sendable {
    case utf8 = 0
    case timestampMicros = 10
  }

  var name: String
  var type: PhysicalType
  var meaning: Meaning?
  /// The width of a `fixedBytes`.
  var width: Int32?
}

extension ParquetColumn {
  /// The raw store's columns, in order.
  ///
  /// `sha256` is of `payload`.
  static let rawRecord: [ParquetColumn] = [
    ParquetColumn(name: "unit", type: .bytes, meaning: .utf8),
    ParquetColumn(name: "generation", type: .int32),
    ParquetColumn(name: "line", type: .int64),
    ParquetColumn(name: "offset", type: .int64),
    ParquetColumn(name: "length", type: .int32),
    ParquetColumn(name: "sha256", type: .fixedBytes, width: 32),
    ParquetColumn(name: "extracted_at", type: .int64, meaning: .timestampMicros),
    ParquetColumn(name: "payload", type: .bytes),
  ]
}

/// What the footer says of one column chunk.
struct ParquetChunk {
  var column: ParquetColumn
  var firstPage: Int64
  var values: Int64
  var compressedSize: Int64
  var uncompressedSize: Int64
  /// The least and the greatest value, when a reader gains by them.
  var bounds: (least: [UInt8], greatest: [UInt8])?
}

/// What the footer says of one row group.
struct ParquetRowGroup {
  var rows: Int64
  var chunks: [ParquetChunk]
}

/// Parquet's headers.
///
/// Source: apache/parquet-format, `parquet.thrift`.
enum ParquetMetadata {
  private static let plain: Int32 = 0
  private static let rle: Int32 = 3
  private static let zstd: Int32 = 6
  private static let required: Int32 = 0
  private static let dataPage: Int32 = 0

  static func pageHeader(values: Int, compressed: Int, uncompressed: Int) -> [UInt8] {
    var thrift = ThriftCompact()
    thrift.structure { header in
      header.field(1, int32: dataPage)
      header.field(2, int32: Int32(uncompressed))
      header.field(3, int32: Int32(compressed))
      header.field(5) { page in
        page.field(1, int32: Int32(values))
        page.field(2, int32: plain)
        page.field(3, int32: rle)
        page.field(4, int32: rle)
      }
    }
    return thrift.bytes
  }

  static func footer(
    columns: [ParquetColumn], rowGroups: [ParquetRowGroup], properties: [(String, String)]
  ) -> [UInt8] {
    var thrift = ThriftCompact()
    thrift.structure { file in
      file.field(1, int32: 1)
      file.field(2, structures: [nil] + columns.map(Optional.some), schemaElement(columns.count))
      file.field(3, int64: rowGroups.reduce(0) { $0 + $1.rows })
      file.field(4, structures: rowGroups, rowGroup)
      file.field(5, structures: properties) { pair, property in
        pair.field(1, string: property.0)
        pair.field(2, string: property.1)
      }
      file.field(6, string: "Catchment")
    }
    return thrift.bytes
  }

  /// The root of the schema is `nil`; the others are its columns.
  private static func schemaElement(
    _ children: Int
  ) -> (inout ThriftCompact, ParquetColumn?) -> Void {
    { element, column in
      guard let column else {
        element.field(4, string: "raw_record")
        element.field(5, int32: Int32(children))
        return
      }
      element.field(1, int32: column.type.rawValue)
      if let width = column.width { element.field(2, int32: width) }
      element.field(3, int32: required)
      element.field(4, string: column.name)
      if let meaning = column.meaning { element.field(6, int32: meaning.rawValue) }
    }
  }

  private static func rowGroup(_ thrift: inout ThriftCompact, _ group: ParquetRowGroup) {
    thrift.field(1, structures: group.chunks) { chunk, info in
      chunk.field(2, int64: info.firstPage)
      chunk.field(3) { columnMetadata(&$0, info) }
    }
    thrift.field(2, int64: group.chunks.reduce(0) { $0 + $1.uncompressedSize })
    thrift.field(3, int64: group.rows)
  }

  private static func columnMetadata(_ thrift: inout ThriftCompact, _ chunk: ParquetChunk) {
    thrift.field(1, int32: chunk.column.type.rawValue)
    thrift.field(2, int32s: [plain, rle])
    thrift.field(3, strings: [chunk.column.name])
    thrift.field(4, int32: zstd)
    thrift.field(5, int64: chunk.values)
    thrift.field(6, int64: chunk.uncompressedSize)
    thrift.field(7, int64: chunk.compressedSize)
    thrift.field(9, int64: chunk.firstPage)
    if let bounds = chunk.bounds {
      thrift.field(12) { statistics in
        statistics.field(3, int64: 0)
        statistics.field(5, binary: bounds.greatest)
        statistics.field(6, binary: bounds.least)
      }
    }
  }
}
