import Catchment
import Testing

@Suite struct `Dates of an Excel workbook` {
  /// The only column's values, in order.
  private func values(_ sheet: WorkbookFixture) throws -> WorkbookReading {
    try WorkbookReading(sheet, ["header": false.setting])
  }

  private func column(_ numbers: [String], style: Int = 1) -> WorkbookFixture {
    WorkbookFixture(
      data: numbers.map { #"<row><c s="\#(style)"><v>\#($0)</v></c></row>"# }.joined())
  }

  @Test(arguments: [
    (["46082"], 1, "DATE", ["2026-03-01"]),
    (["46082", "46083.5"], 1, "TIMESTAMP", ["2026-03-01 00:00:00", "2026-03-02 12:00:00"]),
    (["46083.52083333334"], 3, "TIMESTAMP", ["2026-03-02 12:30:00"]),
    (["0.25", "0", "0.999988425925926"], 2, "TIME", ["06:00:00", "00:00:00", "23:59:59"]),
    (["0.25", "1.5"], 2, "TIMESTAMP", ["1899-12-31 06:00:00", "1900-01-01 12:00:00"]),
    (["0.9999999999"], 2, "DATE", ["1900-01-01"]),
    (["2958465"], 1, "DATE", ["9999-12-31"]),
  ])
  func `are days, moments or times of the day`(
    numbers: [String], style: Int, type: String, meant: [String]
  ) throws {
    let read = try values(column(numbers, style: style))
    #expect(read.types == ["A1 \(type)"] && read.rows == meant)
  }

  @Test func `pass over the day that never was`() throws {
    let read = try values(column(["1", "59", "60", "61", "-1", "2958466"]))
    #expect(read.rows == ["1900-01-01", "1900-02-28", "1900-03-01"])
    #expect(read.letters == ["3 A1 60", "5 A1 -1", "6 A1 2958466"])
  }

  @Test func `are counted from 1904 where the workbook says so`() throws {
    var sheet = column(["0", "60", "44620"])
    sheet.isFrom1904 = true
    #expect(try values(sheet).rows == ["1904-01-01", "1904-03-01", "2026-03-01"])
  }

  @Test(arguments: [
    ("yyyy\\-mm\\-dd", "DATE"), ("[$-409]d mmm;@", "DATE"), ("mmm", "DATE"), ("YYYY", "DATE"),
    ("[h]:mm", "TIME"), ("hh:mm AM/PM", "TIME"), ("mm:ss.0", "TIME"), ("[ss]", "TIME"),
    ("0.00 &quot;days&quot;", "DOUBLE"), ("[Red]0.0", "DOUBLE"), ("General", "DOUBLE"),
    ("0.0\\h", "DOUBLE"), ("0.0_d", "DOUBLE"), ("0.00E+00", "DOUBLE"), ("0.0;yyyy", "DOUBLE"),
  ])
  func `are told by the letters of a format`(code: String, type: String) throws {
    var sheet = column([type == "DATE" ? "46082" : "0.5"])
    (sheet.styles, sheet.formats) = ([0, 164], [164: code])
    #expect(try values(sheet).types == ["A1 \(type)"])
  }

  @Test func `may be written as ISO 8601`() throws {
    func column(_ texts: [String]) -> WorkbookFixture {
      WorkbookFixture(data: texts.map { #"<row><c t="d"><v>\#($0)</v></c></row>"# }.joined())
    }
    let days = try values(column(["2026-03-01", "0000-01-01", "2024-02-29", "2023-02-29", "soon"]))
    #expect(days.types == ["A1 DATE"])
    #expect(days.rows == ["2026-03-01", "0001-01-01 (BC)", "2024-02-29"])
    #expect(days.letters == ["4 A1 2023-02-29", "5 A1 soon"])
    let moments = try values(
      column(["2026-03-01T12:30:00Z", "1969-12-31T23:59:59.25", "2026-03-02"]))
    #expect(
      moments.rows == ["2026-03-01 12:30:00", "1969-12-31 23:59:59.25", "2026-03-02 00:00:00"])
    #expect(try values(column(["12:30", "12:30:01.5"])).rows == ["12:30:00", "12:30:01.5"])
  }

  @Test func `may lack their format in some cells`() throws {
    let sheet = WorkbookFixture(
      data: #"<row><c s="1"><v>46082</v></c></row><row><c><v>46083</v></c></row>"#)
    #expect(try values(sheet).rows == ["2026-03-01", "2026-03-02"])
  }
}
