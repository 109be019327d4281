internal import Catchment
internal import DuckDB
internal import JSONTape

/// Writes rows that are JSON objects, by the names and types of a table's columns.
struct UnifiedRowWriter {
  /// How a column's values are read.
  private enum Column {
    case uuid, text, flag, whole, real, json, instant, texts, uuids

    init(_ type: String) {
      self =
        switch type {
        case "UUID": .uuid
        case "BOOLEAN": .flag
        case "INTEGER", "BIGINT", "UBIGINT": .whole
        case "DOUBLE": .real
        case "JSON": .json
        case "TIMESTAMP WITH TIME ZONE": .instant
        case "VARCHAR[]": .texts
        case "UUID[]": .uuids
        default: .text
        }
    }
  }

  private let rows: Appender
  private let columns: [Column]
  private let names: [String]
  private let places: [String: Int]

  init(_ table: TableSchema, _ rows: Appender) {
    self.rows = rows
    columns = table.columns.map { Column($0.type) }
    names = table.columns.map(\.name)
    places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  /// Writes a row; of a member that is written twice the first counts.
  func write(_ row: JSONValue) throws(DuckDBError) {
    var isSet = [Bool](repeating: false, count: columns.count)
    var next = 0
    for (key, value) in row.members {
      guard let place = place(of: key, next) else { continue }
      next = place + 1
      guard !isSet[place] else { continue }
      isSet[place] = true
      if !value.isNull { set(place, value) }
    }
    try rows.endRow()
  }

  private func place(of key: JSONText, _ next: Int) -> Int? {
    if next < names.count, key.bytes.elementsEqual(names[next].utf8) { return next }
    return places[String(key)]
  }

  /// Sets a column; what no column can hold, such as the 30th of February, stays unknown.
  private func set(_ place: Int, _ value: JSONValue) {
    switch columns[place] {
    case .uuid: if let id = value.uuid { rows.setUUID(place, id) }
    case .text: rows.setText(place, value.text?.bytes)
    case .flag: if let flag = value.boolean { rows.set(place, flag) }
    case .whole: set(place, whole: value.wholeNumber)
    case .real: if let number = value.double, number.isFinite { rows.set(place, number) }
    case .json: rows.setText(place, value.sourceText.bytes)
    case .instant: rows.setTimestamp(place, value.text.flatMap { Timestamp.parse($0.bytes) })
    case .texts:
      rows.set(place, .list(value.elements.map { $0.text.map { .text(String($0)) } ?? .null }))
    case .uuids: rows.setUUIDList(place, value.elements.compactMap(\.uuid))
    }
  }

  private func set(_ place: Int, whole number: Int128?) {
    guard let number else { return }
    if let small = Int64(exactly: number) { return rows.set(place, small) }
    if let large = UInt64(exactly: number) { rows.set(place, large) }
  }
}

extension JSONValue {
  fileprivate var uuid: UUIDBytes? { text.flatMap { UUIDBytes(String($0)) } }
}
