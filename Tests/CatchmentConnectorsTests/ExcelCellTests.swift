import Catchment
import Testing

@Suite struct `A cell of an Excel workbook` {
  /// The only column's values, in order.
  private func values(_ sheet: WorkbookFixture) throws -> WorkbookReading {
    try WorkbookReading(sheet, ["header": false.setting])
  }

  private func column(_ cells: [String]) -> WorkbookFixture {
    WorkbookFixture(data: cells.map { "<row>\($0)</row>" }.joined())
  }

  @Test func `has its text within, or among those that are shared`() throws {
    var sheet = column([
      #"<c t="s"><v>0</v></c>"#, #"<c t="s"><v> 1 </v></c>"#, #"<c t="s"><v>2</v></c>"#,
      #"<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r><rPh><t>no</t></rPh></is></c>"#,
      #"<c t="str"><f>A1</f><v>formula</v></c>"#, #"<c t="s"><v>3</v></c>"#,
      #"<c t="s"><v>4</v></c>"#,
    ])
    sheet.strings = [
      "<t>plain</t>",
      #"<r><rPr><b/></rPr><t xml:space="preserve">rich </t></r><r><t>text</t></r>"#,
      #"<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>"#,
      #"<t xml:space="preserve"> spaces </t>"#, "<t/>",
    ]
    #expect(
      try values(sheet).rows
        == ["plain", "rich text", "東京", "inline", "formula", " spaces "])
  }

  @Test(arguments: [
    ("a_x000A_b", "a\nb"), ("_x005F_x0041_", "_x0041_"), ("_xD83D__xDE42_!", "🙂!"),
    ("_x12_", "_x12_"), ("__x0041_", "_A"), ("_xD83D_", "\u{FFFD}"), ("a&amp;b&#x41;", "a&bA"),
    ("_x004", "_x004"), ("<![CDATA[<x>]]>", "<x>"),
  ])
  func `has characters that XML cannot hold`(written: String, meant: String) throws {
    var sheet = column([#"<c t="inlineStr"><is><t>\#(written)</t></is></c>"#])
    #expect(try values(sheet).rows == [meant])
    (sheet.data, sheet.strings) = (#"<row><c t="s"><v>0</v></c></row>"#, ["<t>\(written)</t>"])
    #expect(try values(sheet).rows == [meant])
  }

  @Test func `follows the one before when it does not say its place`() throws {
    let read = try values(
      WorkbookFixture(
        data: """
          <row><c><v>1</v></c><c r="C1"><v>2</v></c><c><v>3</v></c></row>
          <row r="3"><c r="B3"><v>4</v></c></row><row><c r="d4"><v>5</v></c></row>
          """))
    #expect(read.types.map { $0.prefix(2) } == ["A1", "B1", "C1", "D1"])
    #expect(read.rows == ["1|NULL|2|3", "NULL|4|NULL|NULL", "NULL|NULL|NULL|5"])
  }

  @Test(arguments: [
    ("true", "1", "true"), ("false", "0", "false"),
  ])
  func `is a boolean`(meant: String, written: String, text: String) throws {
    let read = try values(column([#"<c t="b"><v>\#(written)</v></c>"#]))
    #expect(read.types == ["A1 BOOLEAN"] && read.rows == [meant])
  }

  @Test func `that is an error is no value`() throws {
    let cells = [
      #"<c t="e"><v>#N/A</v></c>"#, "<c><v>1</v></c>", "<c><v>2</v></c>", "<c><v>x</v></c>",
    ]
    let read = try values(column(cells))
    #expect(read.types == ["A1 BIGINT"] && read.rows == ["1", "2"])
    #expect(read.letters == ["1 A1 #N/A", "4 A1 x"])
    let text = try values(column([#"<c t="str"><v>a</v></c>"#] + cells))
    #expect(text.rows == ["a", "#N/A", "1", "2", "x"])
  }

  @Test(arguments: [
    ("1", "BIGINT", "1"), ("-0", "BIGINT", "0"), ("1E3", "BIGINT", "1000"), ("2.0", "BIGINT", "2"),
    ("9223372036854775807", "BIGINT", "9223372036854775807"),
    ("-9007199254740993", "BIGINT", "-9007199254740993"),
    ("99999999999999999999", "DOUBLE", "1e+20"), ("0.1", "DOUBLE", "0.1"),
    ("-2.5E-3", "DOUBLE", "-0.0025"), ("123456789.123456789", "DOUBLE", "123456789.12345679"),
    ("0.30000000000000004", "DOUBLE", "0.30000000000000004"), ("\n 7 \n", "BIGINT", "7"),
    (".5", "DOUBLE", "0.5"), ("1.7976931348623157E+308", "DOUBLE", "1.7976931348623157e+308"),
  ])
  func `is a number`(written: String, type: String, meant: String) throws {
    let read = try values(column(["<c><v>\(written)</v></c>"]))
    #expect(read.types == ["A1 \(type)"] && read.rows == [meant])
  }

  @Test(arguments: ["0x1p3", "nan", "inf", "1e999", "1,5", "--1", "1e", "."])
  func `that is no number has its text`(written: String) throws {
    let read = try values(column(["<c><v>1</v></c>", "<c><v>\(written)</v></c>"]))
    #expect(read.rows == ["1"] && read.letters == ["2 A1 \(written)"])
  }

  @Test func `of the strict form, or with a mark before its names, is the same`() throws {
    var sheet = column(["<c><v>1</v></c>"])
    sheet.isStrict = true
    #expect(try values(sheet).rows == ["1"])
    (sheet.mark, sheet.data) = ("x:", "<x:row><x:c x:r=\"A1\"><x:v>2</x:v></x:c></x:row>")
    #expect(try values(sheet).rows == ["2"])
  }

  @Test func `is the same in parts of UTF-16`() throws {
    let sheet = WorkbookFixture(data: #"<row><c t="str"><v>zwölf 🙂</v></c></row>"#)
    var other = sheet
    let text = sheet.sheetText.replacing("UTF-8", with: "UTF-16")
    let units = text.utf16.flatMap { unit in [UInt8(unit & 0xFF), UInt8(unit >> 8)] }
    let bytes: [UInt8] = [0xFF, 0xFE] + units
    other.replaced[WorkbookFixture.sheetPart] = bytes
    #expect(try values(other).rows == ["zwölf 🙂"])
  }

  /// A hundred texts, each of its number and 100,000 letters, packed by bzip2.
  private static let longTexts = """
    QlpoOTFBWSZTWUL6G1sAAZEZgIQA/+UgIAwAAAgwASMywkqo0Yf/qqo2gDKoxM/9VQTAFKko0P9KmT9UepxWrd9WrcWv3n069n9/\
    9+FoAFoAFoAFoAFoAFoAFoAFoAFr6De973uReiLURfwi/daoWtEXCkdgiKOc5znOc5zMzMzMzMzAAAAAAAAAAAAAbSSS2WyyW+SS\
    xdkXci106IuiLp7AiKXwXckU4UJBC+htbA==
    """

  @Test func `has its text among shared ones that are too many for memory`() throws {
    let sheet = column([0, 57, 99].map { #"<c t="s"><v>\#($0)</v></c>"# })
    let bytes = try sheet.bytes(
      packing: "xl/sharedStrings.xml", as: Self.longTexts, size: 10_001_811, checksum: 0xEEFCA01F)
    let rows = try WorkbookReading(bytes, ["header": false.setting]).rows
    #expect(rows.map { $0.prefix(3) } == ["00a", "57a", "99a"])
    #expect(rows.allSatisfy { $0.utf8.count == 100_002 })
  }
}
