import Catchment
import CatchmentEngine
import DuckDB

/// A line that could not be taken.
struct DeadLetter {
  let id: String
  let run: Int
  let place: CatchmentError.Location
  let length: Int
  let stage: String
  let code: String
  let message: String
  private let platform: String
  private let created: String

  /// Counted from 1, in bytes.
  var column: Int? { place.column }

  static func all(_ reader: WarehouseReader, limit: Int) throws(CatchmentError) -> [DeadLetter] {
    try reader.rows("\(selection) ORDER BY path, line LIMIT \(limit)").map(DeadLetter.init)
  }

  /// The one whose ID begins so.
  static func find(_ id: String, _ reader: WarehouseReader) throws(CatchmentError) -> DeadLetter {
    let found = try reader.rows(
      "\(selection) WHERE starts_with(record_id::VARCHAR, lower(?)) LIMIT 2", .text(id))
    guard let first = found.first, !id.isEmpty else {
      throw CatchmentError(
        .usage, "there is no dead letter \(id)", hint: "list them with `catchment deadletters list`"
      )
    }
    guard found.count == 1 else {
      throw CatchmentError(.usage, "several dead letters begin with \(id)", hint: "give more of it")
    }
    return DeadLetter(first)
  }

  private static let selection = """
    SELECT record_id, run, path, line, error_column + 1, byte_offset, length, stage, error_code,
      error_message, platform, created_at
    FROM main.dead_letters
    """

  private init(_ row: [Value]) {
    id = row[0].shown
    run = row[1].int
    place = .init(
      file: row[2].shown, line: row[3].int64.map(Int.init), column: row[4].int64.map(Int.init),
      byte: row[5].int64.map(Int.init))
    length = row[6].int
    stage = row[7].shown
    code = row[8].shown
    message = row[9].shown
    platform = row[10].shown
    created = row[11].shown
  }

  var json: JSON {
    JSON([
      "id": .text(id), "run": .integer(run), "platform": .text(platform),
      "path": .text(place.file), "line": .integer(place.line), "column": .integer(place.column),
      "byte_offset": .integer(place.byte), "length": .integer(length), "stage": .text(stage),
      "code": .text(code), "message": .text(message), "created_at": .text(created),
    ])
  }

  /// The line as it was read, from the raw store; nil when it is not there.
  func raw(_ reader: WarehouseReader, _ home: Home) throws(CatchmentError) -> String? {
    let pattern = "\(home.raw)/\(platform)/*/*.parquet"
    guard try reader.rows("SELECT count(*) FROM glob(?)", .text(pattern)).first?[0].int != 0
    else { return nil }
    let rows = try reader.rows(
      """
      SELECT p.payload FROM read_parquet(?, filename = true) p
      JOIN catchment.raw_records r ON p.line = r.line AND p.generation = r.generation
      JOIN catchment.units u ON u.unit_id = r.unit_id
        AND u.machine IS NOT DISTINCT FROM \(RawStoreFiles.machine(of: "p.filename"))
      WHERE p.unit = ? AND r.record_id = ?::UUID LIMIT 1
      """, .text(pattern), .text(place.file), .text(id))
    switch rows.first?.first {
    case .blob(let bytes): return String(decoding: bytes, as: UTF8.self)
    case .text(let text): return text
    default: return nil
    }
  }
}
