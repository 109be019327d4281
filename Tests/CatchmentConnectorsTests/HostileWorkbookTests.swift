import Catchment
import CatchmentTesting
import Foundation
import Testing

@Suite struct `A workbook that is none, or is made to do harm` {
  private static let sheet = WorkbookFixture(rows: [[.text("a")], [.number(1)]])

  private func refusal(_ sheet: String) throws -> String {
    try refusal(Array(sheet.utf8))
  }

  private func refusal(_ sheet: [UInt8]) throws -> String {
    var workbook = Self.sheet
    workbook.replaced[WorkbookFixture.sheetPart] = sheet
    return try WorkbookReading.refusal(workbook.bytes)
  }

  @Test func `is told when it is none`() throws {
    var cut = Self.sheet.bytes
    cut.removeLast(cut.count / 2)
    for bytes in [[], Array("PK\u{3}\u{4} none".utf8), Array("id\n1\n".utf8), cut] {
      _ = try WorkbookReading.refusal(bytes)
    }
    let old: [UInt8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0]
    #expect(try WorkbookReading.refusal(old) == "it is encrypted, or an old .xls")
    #expect(
      try WorkbookReading.refusal(StoredZIP(members: [("a.txt", "a")]).bytes)
        == "it names no part that is a workbook")
  }

  @Test(arguments: [
    ("xl/workbook.xml", "its part xl/workbook.xml is missing"),
    (WorkbookFixture.sheetPart, "its part xl/worksheets/sheet1.xml is missing"),
    ("xl/_rels/workbook.xml.rels", "it has no sheet of cells"),
    ("_rels/.rels", "it names no part that is a workbook"),
  ])
  func `is told when a part is missing`(part: String, cause: String) throws {
    var workbook = Self.sheet
    workbook.replaced[part] = .some(nil)
    #expect(try WorkbookReading.refusal(workbook.bytes) == cause)
  }

  @Test func `is told when a cell refers to a text that there is not`() throws {
    for number in ["2", "-1", "x", "99999999999999999999"] {
      var workbook = WorkbookFixture(data: #"<row><c t="s"><v>\#(number)</v></c></row>"#)
      workbook.strings = ["<t>a</t>", "<t>b</t>"]
      #expect(
        try WorkbookReading.refusal(workbook.bytes)
          .hasSuffix(#": row 1: a text's number among 2 is wrong "\#(number)""#))
    }
  }

  @Test(arguments: [
    (#"<row r="0"/>"#, #"row 0: a row's number is wrong "0""#),
    (#"<row><c r="1A"/></row>"#, #"row 1: a cell's place is wrong "1A""#),
    (#"<row><c r="XFE1"/></row>"#, #"row 1: a cell's place is wrong "XFE1""#),
    (#"<row><c r="XFD1"/><c/></row>"#, "row 1: a cell's column is wrong"),
  ])
  func `is told when a place is none`(data: String, cause: String) throws {
    let refusal = try WorkbookReading.refusal(WorkbookFixture(data: data).bytes)
    #expect(refusal.hasPrefix("xl/worksheets/sheet1.xml:1:") && refusal.hasSuffix(": \(cause)"))
  }

  @Test func `has no entities`() throws {
    let bomb = #"<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>"#
    #expect(try refusal(bomb).hasSuffix("it has a document type, which no workbook needs"))
    #expect(try refusal(#"<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>"#).contains("document type"))
    #expect(try refusal("<a>&b;</a>") == "xl/worksheets/sheet1.xml:1:4: undefined entity")
  }

  @Test func `has no elements within very many others`() throws {
    let deep = String(repeating: "<a>", count: 10_000)
    #expect(
      try refusal(deep)
        == "xl/worksheets/sheet1.xml:1:385: there are more than 128 elements within one another")
  }

  @Test(arguments: ["<a b=\"", "<!--", "<", "<?x "])
  func `has no mark without an end`(beginning: String) throws {
    let long = "<worksheet>" + beginning + String(repeating: "a", count: 3 << 20)
    #expect(
      try refusal(long)
        == "xl/worksheets/sheet1.xml:1:12: a tag or a comment is longer than 1 MiB")
  }

  @Test func `has no text without an end`() throws {
    let bytes = try Self.sheet.bytes(
      packing: WorkbookFixture.sheetPart, as: Self.longText, size: 1_000)
    #expect(try WorkbookReading.refusal(bytes).hasSuffix("a row or a text is longer than 32 MiB"))
  }

  @Test func `is told where its XML is wrong`() throws {
    let data = "<worksheet>\n<sheetData>\n <row>"
    #expect(
      try refusal(data) == "xl/worksheets/sheet1.xml:3:7: no element found")
    #expect(
      try refusal(Array(data.utf8) + [0xFF, 0x3C])
        == "xl/worksheets/sheet1.xml:3:7: not well-formed (invalid token)")
    #expect(
      try refusal("<?xml version=\"1.0\" encoding=\"x-none\"?><a/>").hasSuffix("unknown encoding"))
    #expect(try refusal("<a></b>") == "xl/worksheets/sheet1.xml:1:6: mismatched tag")
  }

  /// 70 MiB of empty lines, in 82 bytes of bzip2; a member of an archive may be packed so.
  private static let emptyLines =
    "QlpoOTFBWSZTWStxu3EBX45AAIAQAAggADCATUZCoCWpCoCXMUFZJlNZ5TEEpgDSo8EAgBBAAAAIIAAwzAUppqhJEtgRJEvF3JFOFCQs9JyRAA=="
  /// A cell with 33 MiB of the letter a.
  private static let longText = """
    QlpoOTFBWSZTWRXxAE0AAAldgIABUACABwQAKkidgAAIIABqCpKTTwp6g0eoFSoaBoaaDGfeMRmWpOvt/2arnVd6dqU2hAhAviQg\
    QgWYIQIQK2uXPjp6U1tfG3HHzfg8tWthXHKECED+LuSKcKEgK+IAmg==
    """

  @Test(arguments: [UInt32(70 << 20), 1_000])
  func `is refused when it would unpack to far more than it is`(stated: UInt32) throws {
    let bytes = try Self.sheet.bytes(
      packing: WorkbookFixture.sheetPart, as: Self.emptyLines, size: stated)
    let error = #expect(throws: CatchmentError.self) { try WorkbookReading(bytes) }
    #expect(error?.code == .validation)
    #expect(
      error?.message.hasSuffix(
        "a.xlsx unpacks to more than 64 MiB, which so small an archive seldom does") == true,
      "\(error as Any)")
  }
}
