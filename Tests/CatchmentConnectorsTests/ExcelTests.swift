import Catchment
import CatchmentTesting
import Foundation
import Testing

@Suite struct `A sheet of an Excel workbook` {
  private static let people = WorkbookFixture(rows: [
    [.text("id"), .text("name"), .text("born"), .text("amount")],
    [.number(1), .text("Ada"), .date(5823), .number(1.5)],
    [.number(2), .text("Grace"), .text("unknown"), .number(2.25)],
    [],
    [.number(3), .none, .date(46082), .text("many")],
    [.number(4), .text("Mary"), .date(46083), .none],
  ])

  @Test func `has typed columns, and dead letters for cells that are of no such type`() throws {
    let read = try WorkbookReading(Self.people)
    #expect(read.types == ["id BIGINT", "name VARCHAR", "born DATE", "amount DOUBLE"])
    #expect(read.rows == ["1|Ada|1915-12-10|1.5", "4|Mary|2026-03-02|NULL"])
    #expect(read.letters == ["3 born unknown", "5 amount many"])
    #expect(read.records.last == #"{"id":"3.0","name":null,"born":"2026-03-01","amount":"many"}"#)
  }

  @Test func `is read in part, without a header, or as text`() throws {
    let part = try WorkbookReading(
      Self.people,
      ["sheet": "people".setting, "range": "a2:b3".setting, "header": false.setting])
    #expect(part.rows == ["1|Ada", "2|Grace"])
    #expect(part.types == ["A2 BIGINT", "B2 VARCHAR"])
    let text = try WorkbookReading(Self.people, ["text": true.setting])
    #expect(text.rows.count == 4 && text.letters == [])
    #expect(text.rows.first == "1.0|Ada|5823|1.5")
  }

  @Test func `has texts in a column that begins with nothing`() throws {
    let read = try WorkbookReading(
      WorkbookFixture(rows: [
        [.text("a"), .text("b")], [.number(1)], [.number(2.5), .text("x")],
      ]))
    #expect(read.types == ["a DOUBLE", "b VARCHAR"] && read.rows == ["1.0|NULL", "2.5|x"])
  }

  @Test func `has names that are there once, and names of its own for those that lack one`() throws
  {
    let read = try WorkbookReading(
      WorkbookFixture(rows: [
        [.text("a"), .text("A"), .none, .text("a_1"), .text("a"), .number(2024)],
        [.number(1), .number(2), .number(3), .number(4), .number(5), .number(6)],
      ]))
    #expect(
      read.types.map { $0.split(separator: " ")[0] }
        == ["a", "A_1", "column2", "a_1_1", "a_2", "2024.0"])
  }

  @Test func `is counted in its own rows, blank ones before it and within`() throws {
    let sheet = WorkbookFixture(
      data: #"""
        <row r="2"><c r="B2"><v/></c></row><row r="3"/>
        <row r="4"><c r="B4" t="str"><v>n</v></c></row>
        <row r="7"><c r="B7"><v>7</v></c></row>
        <row r="90"><c r="B90"><v>90</v></c></row>
        <row r="100"><c r="B100" t="str"><v>x</v></c></row>
        """#)
    let read = try WorkbookReading(sheet)
    #expect(read.types == ["n BIGINT"] && read.rows == ["7", "90"])
    #expect(read.letters == ["100 n x"])
  }

  @Test
  func `is text, with dates as people see them, where most values are not of the first one's type`()
    throws
  {
    let read = try WorkbookReading(
      WorkbookFixture(rows: [
        [.text("a")], [.date(46082)], [.text("x")], [.text("y")], [.text("z")], [.number(1.5)],
      ]))
    #expect(read.types == ["a VARCHAR"] && read.rows == ["2026-03-01", "x", "y", "z", "1.5"])
  }

  @Test func `says what it lacks`() throws {
    #expect(
      try WorkbookReading.refusal(Self.people.bytes, ["sheet": "Animals".setting])
        == #"there is no sheet "Animals"; there is "People""#)
    #expect(
      try WorkbookReading.refusal(Self.people.bytes, ["range": "x1:z9".setting])
        == "there is nothing in X1:Z9")
    #expect(
      try WorkbookReading.refusal(WorkbookFixture(data: "").bytes)
        == "there is nothing in the sheet")
    let range = #expect(throws: CatchmentError.self) {
      try WorkbookReading(Self.people, ["range": "B".setting])
    }
    #expect(range?.code == .configuration)
  }

  @Test func `is the first one that has cells`() throws {
    var workbook = Self.people
    workbook.replaced["xl/workbook.xml"] = Array(
      #"<workbook xmlns:r="r"><sheets><sheet name="Chart" r:id="styles"/><sheet name="People" r:id="worksheet"/></sheets></workbook>"#
        .utf8)
    #expect(try WorkbookReading(workbook).rows.count == 2)
    #expect(
      try WorkbookReading.refusal(workbook.bytes, ["sheet": "Chart".setting])
        == #"there is no sheet "Chart"; there is "People""#)
  }
}
