import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Testing

/// Reads texts by layouts that are written as people write them.
private struct LayoutBed {
  let files: TemporaryDirectory
  let bench: Workbench

  init() throws {
    files = try TemporaryDirectory()
    bench = try Workbench()
  }

  var path: String { "\(files.path)/a.txt" }
  private var unit: Unit {
    Unit(source: "t", path: path, fingerprint: .init(size: 0, modified: 0))
  }

  func layout(_ text: String) throws -> Layout {
    try Layout(YAML.read(text, file: "layout.yaml"), in: "layout.yaml")
  }

  func delimited(_ text: String, _ layout: String) throws -> Extracted {
    try delimited(Array(text.utf8), layout)
  }

  func delimited(_ bytes: [UInt8], _ layout: String) throws -> Extracted {
    try files.write(bytes, to: "a.txt")
    return try DelimitedSource(path, layout: self.layout(layout))
      .read(unit, keptAt: path, in: bench)
  }

  func fixed(_ bytes: [UInt8], _ layout: String) throws -> Extracted {
    try files.write(bytes, to: "a.txt")
    return try FixedWidthSource(path, layout: self.layout(layout))
      .read(unit, keptAt: path, in: bench)
  }

  func rows(_ extracted: Extracted) throws -> [[String]] {
    try bench.query("FROM \(extracted.rows.sql)").map { $0.map(\.description) }
  }
}

@Suite struct `A delimited file read by a layout` {
  @Test func `has columns of the types that the layout says, in its order`() throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      "acct\tname\tland_val\trate\tseen\tnoticed\tx\r\n"
        + "0000000000017\tO'HARA \"AL\"  \t12\t1.5\t01/31/2024\tY\t0.25\r\n"
        + "0000000000024\t  \t\t-2.500\t12/30/1899\tN\t\r\n",
      """
      dates: MM/DD/YYYY
      null_dates: 12/30/1899
      key: acct
      columns:
        name: text
        acct: { length: 13, digits: true }
        land_val: { type: integer, min: 0 }
        rate: decimal(8, 2)
        seen: date
        noticed: boolean
        x: number
      """)
    #expect(read.deadLetters.isEmpty, "\(read.deadLetters)")
    #expect(
      read.rows.columns.map(\.type) == [
        .varchar, .varchar, .bigint, .decimal(width: 8, scale: 2), .date, .boolean, .double,
      ])
    #expect(
      try bed.rows(read) == [
        ["O'HARA \"AL\"", "0000000000017", "12", "1.50", "2024-01-31", "true", "0.25"],
        ["NULL", "0000000000024", "NULL", "-2.50", "NULL", "false", "NULL"],
      ])
  }

  struct Wrong: Sendable {
    var line: String
    var code: String
    var message: String
    init(_ line: String, _ code: String, _ message: String) {
      (self.line, self.code, self.message) = (line, code, message)
    }
  }

  @Test(arguments: [
    Wrong("1\tA\t12,5O\t2024-01-31", "cast", "n: \"12,5O\" is no whole number"),
    Wrong("1\tA\t-3\t2024-01-31", "cast", "n: \"-3\" is out of range"),
    Wrong(
      "1\tA\t1234567890123456789\t2024-01-31", "cast",
      "n: \"1234567890123456789\" is no whole number"),
    Wrong("1\tA\t3\t2023-02-29", "cast", "d: \"2023-02-29\" is no such date"),
    Wrong("1\tB\t3\t2024-01-31", "cast", "kind: \"B\" is none of the values there are"),
    Wrong("\tA\t3\t2024-01-31", "required", "id: has no value"),
    Wrong("1\tA\t3", "columns", "the line has 3 columns in place of 4"),
    Wrong("1\tA\t3\t2024-01-31\tx", "columns", "the line has 5 columns in place of 4"),
  ])
  func `keeps a line that does not fit with its place, its column and its text`(
    wrong: Wrong
  ) throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      "id\tkind\tn\td\n1\tA\t3\t2024-02-29\n\(wrong.line)\n2\t\t\t\n",
      """
      key: id
      columns: { id: integer, kind: { values: [A, C] }, n: { type: integer, min: 0 }, d: date }
      """)
    #expect(try bed.rows(read).map { $0[0] } == ["1", "2"])
    let letter = try #require(read.deadLetters.first)
    #expect(letter.line == 3 && letter.byte == 29)
    #expect(letter.code == wrong.code)
    #expect(letter.message == wrong.message)
    #expect(letter.record == wrong.line)
  }

  @Test func `keeps the lines around those that do not fit, in their order`() throws {
    let bed = try LayoutBed()
    var text = "id\tname\tday\n"
    var wrong: Set<Int> = []
    for line in 2...9000 {
      let isWrong = line % 97 == 0
      if isWrong { wrong.insert(line) }
      switch line % 388 {
      case 0: text += "\(line)\tshort\n"
      case 97: text += "x\tname \(line)\t2024-01-31\n"
      case _ where isWrong: text += "\(line)\tname \(line) of many letters\t2024-02-31\n"
      default: text += "\(line)\tname \(line) of many letters\t2024-01-31\n"
      }
    }
    let read = try bed.delimited(text, "columns: { id: integer, name: text, day: date }")
    #expect(read.deadLetters.map(\.line) == wrong.sorted())
    let kept = (2...9000).filter { !wrong.contains($0) }
    #expect(
      try bed.rows(read) == kept.map { ["\($0)", "name \($0) of many letters", "2024-01-31"] })
  }

  @Test(arguments: [
    ("id\tother\n1\t2\n", "it has a column \"other\" that the layout does not name"),
    ("id\n1\n", "it has no column \"name\""),
    ("", "it has no header"),
  ])
  func `is refused when its header is another`(text: String, reason: String) throws {
    let bed = try LayoutBed()
    let error = #expect(throws: CatchmentError.self) {
      try bed.delimited(text, "columns: { id: integer, name: text }")
    }
    #expect(error?.code == .validation)
    #expect(error?.message == "the file does not fit the layout: \(reason)")
    #expect(error?.location?.file == bed.path)
  }

  @Test func `is refused when its lines are those of another file`() throws {
    let bed = try LayoutBed()
    let lines = (0..<3000).map { "name \($0)\t\($0)\n" }.joined()
    let error = #expect(throws: CatchmentError.self) {
      try bed.delimited("id\tn\n" + lines, "columns: { id: integer, n: integer }")
    }
    #expect(
      error?.message == "the file does not fit the layout: 1000 of the first 1000 lines are wrong")
    #expect(error?.cause == "id: \"name 0\" is no whole number")
  }

  @Test func `may have columns that are not wanted, and lack those that are optional`() throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      "B\tZ\ta\n1\t2\t3\n",
      "{ other_columns: ignore, columns: { a: integer, b: integer, c: { optional: true } } }")
    #expect(try bed.rows(read) == [["3", "1", "NULL"]])
  }

  @Test(arguments: [
    ("cp437", [0xA5, 0x90, 0xB0] as [UInt8], "ÑÉ░"), ("latin-1", [0xD1, 0xC9], "ÑÉ"),
    ("cp1252", [0x80, 0xD1, 0x95], "€Ñ•"), ("utf-8", Array("Ñ€".utf8), "Ñ€"),
  ])
  func `is read in its encoding`(encoding: String, bytes: [UInt8], text: String) throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      Array("id\tname\n1\t".utf8) + bytes + Array("  \n2\tplain\n".utf8),
      "{ encoding: \(encoding), columns: { id: integer, name: text } }")
    #expect(try bed.rows(read) == [["1", text], ["2", "plain"]])
  }

  @Test func `has lines that are no UTF-8 among its dead letters`() throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      Array("id\n1\n".utf8) + [0xFF, 10] + Array("2\n".utf8), "columns: { id: integer }")
    #expect(read.deadLetters.map(\.code) == ["not_text"])
    #expect(try bed.rows(read) == [["1"], ["2"]])
  }

  @Test func `is normalised by the rules of its columns`() throws {
    let bed = try LayoutBed()
    let read = try bed.delimited(
      "a;b;c\n  Ada   B ;7;n/a\n",
      """
      delimiter: ";"
      nulls: n/a
      columns: { a: { case: upper, squeeze: true }, b: { length: 4, pad: "0" }, c: text }
      """)
    #expect(try bed.rows(read) == [["ADA B", "0007", "NULL"]])
  }

  /// Where a line ends in the reader's words of eight bytes must not matter.
  @Test func `is cut into the same fields wherever they lie`() throws {
    let bed = try LayoutBed()
    let values = (0..<40).map { String(repeating: "x", count: $0 % 19) + "\($0)" }
    let lines = (0..<40).map { first in
      (0..<12).map { values[(first + $0) % 40] }.joined(separator: "\t")
    }
    let names = (0..<12).map { "c\($0)" }
    let read = try bed.delimited(
      lines.joined(separator: "\n"),
      "{ header: false, columns: { \(names.map { "\($0): text" }.joined(separator: ", ")) } }")
    #expect(try bed.rows(read).map { $0.joined(separator: "\t") } == lines)
  }

  @Test func `is found within an archive by the name of its member`() throws {
    let bed = try LayoutBed()
    try bed.files.write(
      StoredZIP(members: [("a.txt", "id\n1\n"), ("b.txt", "id\n2\n3\n")]).bytes, to: "both.zip")
    let path = "\(bed.files.path)/both.zip"
    let unit = Unit(source: "t", path: path, fingerprint: .init(size: 0, modified: 0))
    let layout = try bed.layout("columns: { id: integer }")
    func read(_ member: String?) throws -> [[String]] {
      try bed.rows(
        DelimitedSource(path, layout: layout, member: member)
          .read(unit, keptAt: path, in: bed.bench))
    }
    #expect(try read("b.txt") == [["2"], ["3"]])
    let unsaid = #expect(throws: CatchmentError.self) { try read(nil) }
    #expect(unsaid?.message == "the archive has 2 members, and it is not said which to read")
    #expect(unsaid?.hint == "give the option member: it has a.txt, b.txt")
    let missing = #expect(throws: CatchmentError.self) { try read("c.txt") }
    #expect(missing?.message == "the archive has no member \"c.txt\"")
  }

  @Test func `within an archive that is damaged gives no rows at all`() throws {
    let bed = try LayoutBed()
    var bytes = StoredZIP(members: [("a.txt", "id\n1\n2\n3\n")]).bytes
    let place = try #require(bytes.firstIndex(of: UInt8(ascii: "2")))
    bytes[place] = UInt8(ascii: "9")
    let error = #expect(throws: CatchmentError.self) {
      try bed.delimited(bytes, "columns: { id: integer }")
    }
    #expect(error?.code == .sourceUnavailable)
  }
}

@Suite struct `A file of fixed width read by a layout` {
  private static let layout = """
    encoding: cp1252
    columns:
      acct: { at: 1-4, digits: true }
      name: { at: 5-10 }
      land_val: { at: 11-14, type: integer }
      seen: { at: 15-22, type: date, dates: YYYYMMDD }
    """

  @Test func `is cut by characters and typed`() throws {
    let bed = try LayoutBed()
    let read = try bed.fixed(
      Array("0001ADA     1220240131\r\n0002".utf8) + [0xD1]
        + Array("UNEZ  00720231231 more\n".utf8),
      Self.layout)
    #expect(
      try bed.rows(read) == [
        ["0001", "ADA", "12", "2024-01-31"], ["0002", "ÑUNEZ", "7", "2023-12-31"],
      ])
  }

  @Test func `keeps a line that is cut short, and one with a wrong value`() throws {
    let bed = try LayoutBed()
    let read = try bed.fixed(
      Array("0001ADA     1220240131\n0002BOB\n0003CLEO   1x20240131\n".utf8), Self.layout)
    #expect(try bed.rows(read).count == 1)
    #expect(read.deadLetters.map(\.line) == [2, 3])
    #expect(read.deadLetters.map(\.code) == ["too_short", "cast"])
    #expect(read.deadLetters.map(\.column) == [nil, "land_val"])
  }
}

@Suite struct `A layout` {
  @Test(arguments: [
    ("columns: { a: txt }", "must be one of"),
    ("columns: { a: { tpye: text } }", "has no \"tpye\"; did you mean \"type\"?"),
    ("{ columns: { a: text }, key: b }", "has a key \"b\" that is no column"),
    ("{ columns: { a: text, A: text } }", "names the column \"A\" twice"),
    ("{ columns: { a: { at: 1-2 }, b: text } }", "says no place (at) for the column \"b\""),
    ("{ columns: { a: text }, dates: DD/MM }", "must have YYYY, MM and DD"),
    ("{ colums: { a: text } }", "layout has no option \"colums\""),
  ])
  func `is told wrong with its place and what was meant`(text: String, reason: String) throws {
    let bed = try LayoutBed()
    let error = #expect(throws: CatchmentError.self) { try bed.layout(text) }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    #expect(error?.location?.file == "layout.yaml")
  }

  @Test func `is written back the same`() throws {
    let bed = try LayoutBed()
    let layout = try bed.layout(
      """
      { delimiter: tab, encoding: cp437, dates: MM/DD/YYYY, null_dates: 12/30/1899, key: a,
        columns: { a: { at: 1-3, type: "decimal(9, 2)", min: 0 }, b: { at: 7, case: upper } } }
      """)
    #expect(try Layout(layout.settings, in: "again.yaml") == layout)
  }
}
