public import Catchment
internal import DuckDB

/// Files of JSON: an array of objects, or one object; nested objects become structs.
public struct JSONSource: FileSource, Configurable {
  public static let kind = "json"
  public static let summary =
    "Files that hold an array of JSON objects, or objects one after another."
  public static var options: [StepOption<JSONSource>] {
    FileSet.options.map { $0.within(\.files) } + [
      .optional(
        "at", \.place, "Where in the document the rows are, as names with dots: data.items.")
    ]
  }

  var files = FileSet()
  private var place = ""
  public var name: String { Self.kind }
  public var findsColumns: Bool { true }
  public var packing: Packing? { Packing([".json"]) }

  public init() {}

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - place: where in each document the rows are, as names with dots.
  public init(_ path: String, at place: String = "") {
    files.path = path
    self.place = place
  }

  public mutating func locate(in directory: String) { files.locate(in: directory) }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, packing)
  }

  /// Throws `validation` when the file is no JSON, or has nothing at the place.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    do throws(CatchmentError) {
      return Extracted(try place.isEmpty ? whole(path, unit, bench) : part(path, unit, bench))
    } catch {
      throw fault(
        error, of: unit, at: path, as: "JSON",
        hint: "check that it holds an array of objects; JSON of one object a line is jsonl")
    }
  }

  /// The engine's reader takes room for some objects of the greatest size before it reads any.
  private static let objectSizes: ClosedRange<Int64> = 16 << 20...128 << 20

  private func whole(
    _ path: String, _ unit: Unit, _ bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let sizes = Self.objectSizes
    let size = Unit.Fingerprint.current(of: path)?.size ?? unit.fingerprint.size
    let largest = min(max(size, sizes.lowerBound), sizes.upperBound)
    return try bench.table(
      """
      SELECT * FROM read_json(\(SQL.literal(path)), format = 'auto', compression = 'uncompressed',
        maximum_object_size = \(largest), sample_size = -1)
      """)
  }

  private func part(
    _ path: String, _ unit: Unit, _ bench: Workbench
  ) throws(CatchmentError) -> Relation {
    let names = place.split(separator: ".").map { "\"\($0.replacing("\"", with: ""))\"" }
    let pointer = SQL.literal("$." + names.joined(separator: "."))
    let items = try bench.table(
      """
      WITH document AS (SELECT content::JSON AS json FROM read_text(\(SQL.literal(path))))
      SELECT unnest(CASE json_type(json, \(pointer)) WHEN 'ARRAY'
        THEN json_extract(json, \(pointer))::JSON[] ELSE [json_extract(json, \(pointer))] END) AS text
      FROM document WHERE json_exists(json, \(pointer))
      """)
    guard try bench.count(items) > 0 else {
      throw CatchmentError(
        .validation, "the document has nothing at \(place)", at: .init(file: unit.path),
        hint: "check the option \"at\" of json")
    }
    return try JSONRows(items, in: bench).rows()
  }
}

extension TableSource where Self == JSONSource {
  /// Files of JSON; `at` says where in each document the rows are.
  public static func json(_ path: String, at place: String = "") -> JSONSource {
    JSONSource(path, at: place)
  }
}

/// Objects that a relation's column `text` holds as JSON, as rows with a column for each name.
struct JSONRows {
  private let objects: Relation
  private let bench: Workbench

  init(_ objects: Relation, in bench: Workbench) {
    self.objects = objects
    self.bench = bench
  }

  /// The types are found out from all objects; where they are mixed a column stays JSON.
  func rows() throws(CatchmentError) -> Relation {
    let shape = try bench.query("SELECT json_group_structure(text::JSON) FROM \(objects.sql)")
    guard let structure = shape.first?.first?.text, structure != "\"NULL\"" else {
      return try bench.table("SELECT text::JSON AS value FROM \(objects.sql)")
    }
    guard structure.hasPrefix("{") else {
      return try bench.table(
        """
        SELECT from_json(text::JSON, \(SQL.literal(structure))) AS value FROM \(objects.sql)
        """)
    }
    return try bench.table(
      """
      SELECT unnest(from_json(text::JSON, \(SQL.literal(structure)))) FROM \(objects.sql)
      """)
  }
}
