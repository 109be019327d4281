import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// A workbook of one sheet, in as few parts as there can be (ECMA-376).
private struct Workbook {
  /// A cell; a date is a number with a style.
  enum Cell {
    case text(String), number(Double), date(Int), none
  }

  var sheet = "People"
  var rows: [[Cell]]

  private static let head = #"<?xml version="1.0" encoding="UTF-8"?>"#
  private static let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
  private static let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
  private static let package = "http://schemas.openxmlformats.org/package/2006"

  var bytes: [UInt8] {
    let types = [
      ("/xl/workbook.xml", "sheet.main"), ("/xl/worksheets/sheet1.xml", "worksheet"),
      ("/xl/styles.xml", "styles"),
    ].map { part, type in
      #"<Override PartName="\#(part)" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.\#(type)+xml"/>"#
    }
    let rels = "application/vnd.openxmlformats-package.relationships+xml"
    return StoredZIP(members: [
      (
        "[Content_Types].xml",
        #"\#(Self.head)<Types xmlns="\#(Self.package)/content-types"><Default Extension="rels" ContentType="\#(rels)"/>\#(types.joined())</Types>"#
      ),
      ("_rels/.rels", Self.relations(["officeDocument": "xl/workbook.xml"])),
      (
        "xl/workbook.xml",
        #"\#(Self.head)<workbook xmlns="\#(Self.main)" xmlns:r="\#(Self.office)"><sheets><sheet name="\#(sheet)" sheetId="1" r:id="worksheet"/></sheets></workbook>"#
      ),
      (
        "xl/_rels/workbook.xml.rels",
        Self.relations(["worksheet": "worksheets/sheet1.xml", "styles": "styles.xml"])
      ),
      (
        "xl/styles.xml",
        #"\#(Self.head)<styleSheet xmlns="\#(Self.main)"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#
      ),
      (
        "xl/worksheets/sheet1.xml",
        #"\#(Self.head)<worksheet xmlns="\#(Self.main)"><sheetData>\#(data)</sheetData></worksheet>"#
      ),
    ]).bytes
  }

  private static func relations(_ targets: KeyValuePairs<String, String>) -> String {
    let lines = targets.map { name, target in
      #"<Relationship Id="\#(name)" Type="\#(office)/\#(name)" Target="\#(target)"/>"#
    }
    return
      #"\#(head)<Relationships xmlns="\#(package)/relationships">\#(lines.joined())</Relationships>"#
  }

  private var data: String {
    rows.enumerated().map { row, cells in
      let texts = cells.enumerated().map { column, cell in
        let place = "\(Array("ABCDEFG")[column])\(row + 1)"
        return switch cell {
        case .text(let text):
          #"<c r="\#(place)" t="inlineStr"><is><t>\#(text)</t></is></c>"#
        case .number(let number): #"<c r="\#(place)"><v>\#(number)</v></c>"#
        case .date(let days): #"<c r="\#(place)" s="1"><v>\#(days)</v></c>"#
        case .none: ""
        }
      }
      return #"<row r="\#(row + 1)">\#(texts.joined())</row>"#
    }.joined()
  }
}

@Suite(
  .enabled(
    if: EngineExtensions.hasExcel, "no engine's extension for Excel: run Scripts/setup.sh"))
struct `A sheet of an Excel workbook` {
  private static let people = Workbook(rows: [
    [.text("id"), .text("name"), .text("born"), .text("amount")],
    [.number(1), .text("Ada"), .date(5823), .number(1.5)],
    [.number(2), .text("Grace"), .text("unknown"), .number(2.25)],
    [],
    [.number(3), .none, .date(46082), .text("many")],
    [.number(4), .text("Mary"), .date(46083), .none],
  ])

  private func read(
    _ bytes: [UInt8], _ options: KeyValuePairs<String, Setting> = [:]
  ) throws -> (rows: [String], types: [String], letters: [String]) {
    let files = try TemporaryDirectory()
    try files.write(bytes, to: "a.xlsx")
    let path = Setting.Entry("path", "\(files.path)/a.xlsx".setting)
    let source = try ExcelSource(
      Setting(.map([path] + options.map { .init($0.key, $0.value) })), in: "a test")
    let bench = try Workbench()
    let unit = try #require(try source.discover().units.first)
    let extracted = try source.read(unit, keptAt: unit.path, in: bench)
    let rows = try bench.query("FROM \(extracted.rows.sql)").map { row in
      row.map(\.description).joined(separator: "|")
    }
    return (
      rows, extracted.rows.columns.map { "\($0.name) \($0.type)" },
      extracted.deadLetters.map { "\($0.line) \($0.column ?? "") \($0.value ?? "")" }
    )
  }

  @Test func `has typed columns, and dead letters for cells that are of no such type`() throws {
    let read = try read(Self.people.bytes)
    #expect(read.types == ["id BIGINT", "name VARCHAR", "born DATE", "amount DOUBLE"])
    #expect(read.rows == ["1|Ada|1915-12-10|1.5", "4|Mary|2026-03-02|NULL"])
    #expect(read.letters == ["3 born unknown", "5 amount many"])
  }

  @Test func `is read in part, without a header, or as text`() throws {
    let part = try read(
      Self.people.bytes,
      ["sheet": "People".setting, "range": "a2:b3".setting, "header": false.setting])
    #expect(part.rows == ["1|Ada", "2|Grace"])
    let text = try read(Self.people.bytes, ["text": true.setting])
    #expect(text.rows.count == 4 && text.letters == [])
    #expect(text.rows.first == "1.0|Ada|5823|1.5")
  }

  @Test func `has texts in a column that begins with nothing`() throws {
    let read = try read(
      Workbook(rows: [[.text("a"), .text("b")], [.number(1)], [.number(2.5), .text("x")]]).bytes)
    #expect(read.types == ["a DOUBLE", "b VARCHAR"] && read.rows == ["1.0|NULL", "2.5|x"])
  }

  /// 70 MiB of empty lines, in 82 bytes of bzip2; a member of an archive may be packed so.
  private static let bomb =
    "QlpoOTFBWSZTWStxu3EBX45AAIAQAAggADCATUZCoCWpCoCXMUFZJlNZ5TEEpgDSo8EAgBBAAAAIIAAwzAUppqhJEtgRJEvF3JFOFCQs9JyRAA=="

  @Test(arguments: [UInt32(70 << 20), 1_000])
  func `is refused when it would unpack to far more than it is`(stated: UInt32) throws {
    let packed = Array(try #require(Data(base64Encoded: Self.bomb)))
    var bytes = StoredZIP(files: [("xl/worksheets/sheet1.xml", packed)]).bytes
    let directory = try #require(Data(bytes).range(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
    for (method, size) in [(8, 22), (directory + 10, directory + 24)] {
      bytes[method] = 12
      bytes.replaceSubrange(
        size..<size + 4, with: withUnsafeBytes(of: stated.littleEndian, Array.init))
    }
    let error = #expect(throws: CatchmentError.self) { try read(bytes) }
    #expect(error?.code == .validation)
    #expect(
      error?.message.hasSuffix(
        "a.xlsx unpacks to more than 64 MiB, which so small an archive seldom does") == true,
      "\(error as Any)")
  }

  @Test func `is told when it is none`() throws {
    var cut = Self.people.bytes
    cut.removeLast(cut.count / 2)
    for bytes in [[], Array("PK\u{3}\u{4} none".utf8), Array("id\n1\n".utf8), cut] {
      let error = #expect(throws: CatchmentError.self) { try read(bytes) }
      #expect(error?.code == .validation)
    }
    let sheet = #expect(throws: CatchmentError.self) {
      try read(Self.people.bytes, ["sheet": "Animals".setting])
    }
    #expect(sheet?.cause?.contains("Animals") == true)
    let range = #expect(throws: CatchmentError.self) {
      try read(Self.people.bytes, ["range": "B".setting])
    }
    #expect(range?.code == .configuration)
  }
}

/// Parts of the engine that a checkout may lack.
private enum EngineExtensions {
  static let hasExcel: Bool = {
    do {
      _ = try Workbench().connection.execute("SELECT 1")
      let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
      return FileManager.default.fileExists(
        atPath: root.appending(path: ".build-deps/lib/excel.duckdb_extension").path)
    } catch {
      return false
    }
  }()
}
