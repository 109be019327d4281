import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Testing

@Suite struct `Files of fixed width` {
  private let files: TemporaryDirectory
  private let bench: Workbench

  init() throws {
    files = try TemporaryDirectory()
    bench = try Workbench()
  }

  private func read(_ text: String, _ source: FixedWidthSource? = nil) throws -> Extracted {
    try files.write(Array(text.utf8), to: "a.txt")
    let source =
      source
      ?? FixedWidthSource(
        "\(files.path)/a.txt",
        columns: ["id": .characters(1...3), "name": .characters(4...8), "kind": .characters(9...9)])
    let unit = try #require(try source.discover().units.first)
    return try source.read(unit, keptAt: unit.path, in: bench)
  }

  private func rows(_ extracted: Extracted) throws -> [[String]] {
    try bench.query("FROM \(extracted.rows.sql)").map { $0.map(\.description) }
  }

  @Test func `are cut into columns by characters, and trimmed`() throws {
    let read = try read("001Ada  A\r\n002Zoë   \n\n003MargaB and more\n")
    #expect(
      try rows(read) == [["001", "Ada", "A"], ["002", "Zoë", "NULL"], ["003", "Marga", "B"]])
    #expect(read.deadLetters.isEmpty)
  }

  @Test func `lose nothing but the lines that are too short, which are dead letters`() throws {
    let read = try read("001Ada  A\n002Bob\n003Cleo B\n")
    #expect(try rows(read).map { $0[0] } == ["001", "003"])
    #expect(
      read.deadLetters == [
        DeadLetter(
          line: 2, byte: 10, code: "too_short",
          message: "the line ends before its column at 9 begins", record: "002Bob")
      ])
  }

  /// A source as a file says it.
  private func source(_ columns: KeyValuePairs<String, Setting>) throws -> FixedWidthSource {
    try FixedWidthSource(
      .map([
        "path": Setting(.text("\(files.path)/a.txt")), "columns": .map(columns),
        "skip": Setting(.integer(1)), "trim": Setting(.flag(false)),
      ]), in: "p.yaml")
  }

  @Test func `are read as a file says, which is written back the same`() throws {
    let source = try source(["id": Setting(.text("1-2")), "mark": Setting(.integer(3))])
    #expect(try rows(read("IDM\n1 x\n", source)) == [["1 ", "x"]])
    #expect(try FixedWidthSource(source.settings, in: "p.yaml").settings == source.settings)
  }

  @Test(arguments: ["7", "9-3", "0-4", "a-b", "1-2-3"])
  func `refuse a place that is none`(place: String) throws {
    let error = #expect(throws: CatchmentError.self) {
      try source(["id": Setting(.text(place))])
    }
    #expect(error?.message.contains("a first and a last character such as 7-26") == true)
  }
}
