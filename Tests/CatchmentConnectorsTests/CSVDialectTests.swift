import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `The dialect of separated values` {
  /// Beginnings that the engine takes in different ways.
  static let texts: [String] = [
    "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\r1,2\r3,4\r",
    "\u{FEFF}a,b\n1,2\n", "a,b\n", "only one column\n1\n2\n", "no line break", "",
    "a,a,A,\"q\"\"x\",it's,\n1,2,3,4,5,6\n", "1,2\n3,4\n", "# said of it\na|b\n1|2\n",
    "said of it\nand more\n\na;b;c\n1;2,5;x\n3;4,5;y\n", "a\tb\n1\t\n\tx\n",
    "id,day\n1,31/12/2024\n2,01/02/2025\n",
    "id,day\n1,12.31.2024 13:14:15\n2,01.02.2025 00:00:00\n",
    "id,at\n1,2024-12-31T13:14:15Z\n2,2024-12-31 13:14:15+02\n",
    "id,text\n1,'a, b'\n2,'it\\'s'\n", "id,text\n1,\"a \\\" b\"\n2,\"c, d\"\n",
    "id,text\n1,\"a\"\"b\"\n2,\"line\nbreak\"\n", "id,ok\n1,true\n2,false\n",
    "a,b\n1,\n,2\n\n3,4\n",
    "a,b\n1,2\n3\n4,5,6\nx,7\n", "id,größe\n1,ä\n2,\"ö, ü\"\n", "a,b\n007,1e3\n08,-0.5\n",
  ]

  private func shape(_ rows: Relation, in bench: Workbench) throws -> [String] {
    try rows.columns.map { "\($0.name) \($0.type)" }
      + bench.query("FROM \(rows.sql)").map { $0.map(\.description).joined(separator: "|") }
  }

  /// Rows, columns and types, and where the dead letters are.
  private func read(_ path: String) throws -> [String] {
    let bench = try Workbench()
    let unit = Unit(source: "csv", path: path, fingerprint: .init(size: 1, modified: 1))
    let found = try CSVSource(path).read(unit, keptAt: path, in: bench)
    return try shape(found.rows, in: bench)
      + found.deadLetters.map { "\($0.line) \($0.byte) \($0.code)" }
  }

  /// The same, as the engine reads it when it is told nothing.
  private func readByEngine(_ path: String) throws -> [String] {
    let bench = try Workbench()
    let rows = try bench.table("FROM read_csv(\(SQL.literal(path)), store_rejects = true)")
    return try shape(rows, in: bench)
      + bench.query(
        """
        SELECT line, min(line_byte_position) - 1, lower(any_value(error_type)::VARCHAR)
        FROM reject_errors GROUP BY line ORDER BY line
        """
      ).map { "\($0[0]) \($0[1]) \(($0[2].text ?? "").replacing(" ", with: "_"))" }
  }

  @Test(arguments: texts)
  func `said in full is what the engine finds by itself`(text: String) throws {
    let files = try TemporaryDirectory()
    try files.write(Array(text.utf8), to: "a.csv")
    let path = "\(files.path)/a.csv"
    #expect(try read(path) == readByEngine(path))
  }

  @Test func `is found out with what was said of it`() throws {
    let files = try TemporaryDirectory()
    try files.write(Array("x\ny\na;b;c\nNA;2;3,5\n".utf8), to: "a.csv")
    let (bench, path) = (try Workbench(), "\(files.path)/a.csv")
    let unit = Unit(source: "csv", path: path, fingerprint: .init(size: 1, modified: 1))
    let said = "path: \(path)\nskip: 2\nnulls: [NA]\ntypes: {b: VARCHAR}\n"
    let source = try CSVSource(YAML.read(said, file: "a test"), in: "a test")
    let rows = try source.read(unit, keptAt: path, in: bench).rows
    #expect(try shape(rows, in: bench) == ["a VARCHAR", "b VARCHAR", "c VARCHAR", "NULL|2|3,5"])
  }
}
