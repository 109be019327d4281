import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// What a source makes of one file.
private struct Reading {
  let files: TemporaryDirectory
  let bench: Workbench
  let extracted: Extracted

  init(_ text: String, _ name: String, _ source: (String) -> some TableSource) throws {
    try self.init(Array(text.utf8), name, source)
  }

  init(_ bytes: [UInt8], _ name: String, _ source: (String) -> some TableSource) throws {
    files = try TemporaryDirectory()
    try files.write(bytes, to: name)
    bench = try Workbench()
    let source = source("\(files.path)/\(name)")
    let unit = try #require(try source.discover().units.first)
    extracted = try source.read(unit, keptAt: unit.path, in: bench)
  }

  var rows: [String] {
    get throws {
      try bench.query("SELECT * FROM \(extracted.rows.sql)").map { row in
        row.map(\.description).joined(separator: "|")
      }
    }
  }

  var letters: [String] {
    extracted.deadLetters.map { "\($0.line) \($0.byte) \($0.code) \($0.record)" }
  }
}

@Suite struct `Files of JSON lines` {
  @Test func `are rows with a column for each name`() throws {
    let reading = try Reading(
      "{\"id\":1,\"at\":{\"x\":2}}\n\n{\"id\":3,\"name\":\"é\"}\n", "a.jsonl", JSONLinesSource.init)
    #expect(reading.extracted.rows.columns.map(\.name) == ["id", "at", "name"])
    #expect(try reading.bench.count(reading.extracted.rows) == 2)
    #expect(reading.letters == [])
  }

  @Test func `lose nothing but the lines that are broken, which are dead letters`() throws {
    var text = Array("{\"id\":1}\n{\"id\":\n[2]\n\n{\"id\":\"two\"}\n".utf8)
    text += [0xFF, 0xFE, 0x0A] + Array("{\"id\":5}".utf8)
    let reading = try Reading(text, "a.jsonl", JSONLinesSource.init)
    #expect(try reading.bench.count(reading.extracted.rows) == 3)
    #expect(
      reading.letters == [
        "2 9 json_syntax {\"id\":", "3 16 not_an_object [2]", "6 34 not_text ",
      ])
  }

  @Test func `keep values whose type changes half-way`() throws {
    let many = (1...30_000).map { "{\"v\":\($0)}\n" }.joined() + "{\"v\":\"last\"}\n"
    let reading = try Reading(many, "a.jsonl", JSONLinesSource.init)
    #expect(try reading.bench.count(reading.extracted.rows) == 30_001)
    let last = try reading.bench.query(
      "SELECT count(*) FROM \(reading.extracted.rows.sql) WHERE v::VARCHAR LIKE '%last%'")
    #expect(last.first?.first?.int64 == 1)
  }

  @Test func `that are empty have no rows`() throws {
    let reading = try Reading("", "a.jsonl", JSONLinesSource.init)
    #expect(try reading.rows == [] && reading.letters == [])
  }
}

@Suite struct `Files of JSON` {
  @Test func `are arrays of rows`() throws {
    let reading = try Reading(#"[{"a":1,"b":"x"},{"a":2}]"#, "a.json") { JSONSource($0) }
    #expect(try reading.rows == ["1|x", "2|NULL"])
  }

  @Test func `have their rows where the option says`() throws {
    let text = #"{"data":{"the items":[{"a":1},{"a":2,"c":[3]}]},"n":2}"#
    let reading = try Reading(text, "a.json") { JSONSource($0, at: "data.the items") }
    #expect(reading.extracted.rows.columns.map(\.name) == ["a", "c"])
    #expect(try reading.bench.count(reading.extracted.rows) == 2)
    let error = #expect(throws: CatchmentError.self) {
      try Reading(text, "a.json") { JSONSource($0, at: "data.rows") }
    }
    #expect(error?.message == "the document has nothing at data.rows")
    #expect(error?.code.exitCode == 4)
  }

  @Test(arguments: ["{", "[1, 2", "not json", #"{"a":1}}"#])
  func `that are none are refused with the file's name`(text: String) throws {
    let error = #expect(throws: CatchmentError.self) {
      try Reading(text, "a.json") { JSONSource($0) }
    }
    #expect(error?.code.exitCode == 4)
    #expect(error?.location?.file.hasSuffix("a.json") == true)
  }
}

@Suite struct `Files of text` {
  @Test func `are rows with the lines' numbers`() throws {
    let reading = try Reading(Array("a\r\n\nb".utf8) + [0x0A, 0xFF], "a.txt", LinesSource.init)
    #expect(try reading.rows == ["1|a", "2|", "3|b"])
    #expect(reading.letters == ["4 6 not_text "])
  }
}

@Suite struct `Files of Parquet` {
  @Test func `give the rows that were written`() throws {
    let files = try TemporaryDirectory()
    let path = "\(files.path)/a.parquet"
    try Workbench().execute("COPY (SELECT range AS n FROM range(5000)) TO '\(path)'")
    let bytes = Array(try Data(contentsOf: URL(filePath: path)))
    let reading = try Reading(bytes, "b.parquet", ParquetSource.init)
    #expect(try reading.bench.count(reading.extracted.rows) == 5_000)
    for length in [0, 3, 12, bytes.count / 2, bytes.count - 1] {
      let error = #expect(throws: CatchmentError.self) {
        try Reading(Array(bytes.prefix(length)), "c.parquet", ParquetSource.init)
      }
      #expect(error?.code.exitCode == 4, "\(length) bytes of \(bytes.count)")
    }
  }
}

@Suite struct `Files of comma-separated values` {
  private static let samples = ProcessInfo.processInfo.environment["CATCHMENT_SAMPLES"] ?? ""
  private static let spectrum = "\(samples)/csv_spectrum"
  private static let cases: [String] = {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "\(spectrum)/csvs")
    return (names ?? []).filter { $0.hasSuffix(".csv") }.map { String($0.dropLast(4)) }.sorted()
  }()

  @Test(.enabled(if: !cases.isEmpty, "no samples: set CATCHMENT_SAMPLES"), arguments: cases)
  func `give the expected rows of the recorded cases`(name: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: "\(Self.spectrum)/csvs/\(name).csv")))
    let isLatin = String(validating: bytes, as: UTF8.self) == nil
    let reading = try Reading(bytes, "a.csv") { path in
      let encoding = isLatin ? "latin-1" : "utf-8"
      return Self.source(["path": path.setting, "text": true.setting, "encoding": encoding.setting])
    }
    #expect(reading.letters == [])
    let json = try Data(contentsOf: URL(filePath: "\(Self.spectrum)/json/\(name).json"))
    let text = String(data: json, encoding: isLatin ? .isoLatin1 : .utf8) ?? ""
    let expected = try JSONSerialization.jsonObject(with: Data(text.utf8))
    // The recorded expectation of this one is of another row, and no list.
    guard let rows = expected as? [[String: String]] else { return }
    let names = reading.extracted.rows.columns.map(\.name)
    let actual = try reading.bench.query("SELECT * FROM \(reading.extracted.rows.sql)").map { row in
      // An empty value is no value here, and no text in the recorded expectation.
      Dictionary(uniqueKeysWithValues: zip(names, row.map { $0.text ?? "" }))
    }
    #expect(actual == rows)
  }

  private static func source(_ settings: KeyValuePairs<String, Setting>) -> CSVSource {
    do { return try CSVSource(.map(settings), in: "test.yaml") } catch {
      Issue.record("\(error)")
      return CSVSource()
    }
  }

  @Test func `are read as their options say`() throws {
    let text = "a line before\n# no\nid;name\n007;'x;y'\n8;-\n"
    let reading = try Reading(text, "a.csv") { path in
      Self.source([
        "path": path.setting, "delimiter": ";".setting, "quote": "'".setting, "skip": 1.setting,
        "comment": "#".setting, "nulls": ["-"].setting, "header": true.setting,
        "types": NamedValues(["id": "VARCHAR"]).setting,
      ])
    }
    #expect(try reading.rows == ["007|x;y", "8|NULL"])
  }

  @Test func `that a pattern names are read in order`() throws {
    let files = try TemporaryDirectory()
    for name in ["b1.txt", "b2.txt", "c.txt"] { try files.write("x\n1\n", to: name) }
    let units = try CSVSource("\(files.path)/b*.txt").discover().units
    #expect(units.map { $0.path.suffix(6) } == ["b1.txt", "b2.txt"])
    let error = #expect(throws: CatchmentError.self) {
      try CSVSource("\(files.path)/d*.txt").discover()
    }
    #expect(error?.code.exitCode == 6)
  }
}
