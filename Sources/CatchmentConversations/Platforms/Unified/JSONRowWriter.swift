internal import Catchment
internal import DuckDB
internal import JSONTape

/// Writes the rows of a chunk as JSON objects, a member for each of a table's columns, on one line.
struct JSONRowWriter {
  private let chunk: DataChunk
  private let vectors: [Vector]
  /// Each column's name as it stands in an object, with the comma before it and the colon behind.
  private let names: [String]
  private let isJSON: [Bool]

  init(_ chunk: DataChunk, _ table: TableSchema) {
    self.chunk = chunk
    vectors = table.columns.indices.map(chunk.column)
    names = table.columns.enumerated().map { place, column in
      "\(place > 0 ? "," : "")\(JSONString.quoted(column.name)):"
    }
    isJSON = table.columns.map { $0.type == "JSON" }
  }

  func write(_ row: Int, into buffer: inout ByteBuffer) {
    buffer.append("{")
    for (place, vector) in vectors.enumerated() {
      buffer.append(text: names[place])
      if vector.isNull(at: row) {
        buffer.append("null")
      } else if isJSON[place] {
        vector.withBytes(at: row) { buffer.append(lineOf: $0) }
      } else {
        buffer.append(json: vector.value(at: row))
      }
    }
    buffer.append("}")
  }
}

extension ByteBuffer {
  mutating func append(text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// JSON with spaces in the place of its line ends, which stand outside its texts.
  fileprivate mutating func append(lineOf json: UnsafeRawBufferPointer) {
    var start = 0
    while let end = json[start...].firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
      append(UnsafeRawBufferPointer(rebasing: json[start..<end]))
      append(" ")
      start = end + 1
    }
    append(UnsafeRawBufferPointer(rebasing: json[start...]))
  }

  fileprivate mutating func append(json value: Value) {
    switch value {
    case .null: append("null")
    case .boolean(let flag): append(text: flag ? "true" : "false")
    case .integer(let number): append(text: String(number))
    case .unsigned(let number): append(text: String(number))
    // What JSON cannot write, such as infinity, is unknown to it.
    case .double(let number): append(text: number.isFinite ? "\(number)" : "null")
    case .list(let elements):
      append("[")
      for (place, element) in elements.enumerated() {
        if place > 0 { append(",") }
        append(json: element)
      }
      append("]")
    default: append(text: JSONString.quoted(value.description))
    }
  }
}
