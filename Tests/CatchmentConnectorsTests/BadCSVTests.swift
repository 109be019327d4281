import Catchment
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `A file of values with something wrong in it` {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  private func pipeline(_ bytes: [UInt8]) throws -> Pipeline.Complete {
    try files.write(bytes, to: "a.csv")
    return Pipeline("bad").extract(.csv("\(files.path)/a.csv"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t"))
  }

  private func load(_ text: String) async throws -> PipelineReport {
    try await load(Array(text.utf8))
  }

  private func load(_ bytes: [UInt8]) async throws -> PipelineReport {
    let report = try await pipeline(bytes).run(in: Home("\(files.path)/home"))
    #expect(report.run.isConserved)
    return report
  }

  private func failure(_ bytes: [UInt8]) async throws -> CatchmentError? {
    await #expect(throws: CatchmentError.self) { try await load(bytes) }
  }

  private var rows: [String] {
    get throws {
      let database = try Database(
        path: "\(files.path)/out.duckdb", options: .init(readOnly: true))
      return try database.connect().query("FROM t ORDER BY 1").rows()
        .map { $0.map(\.description).joined(separator: "|") }
    }
  }

  private func places(_ report: PipelineReport) -> [String] {
    report.deadLetters.map { "\($0.line ?? 0) \($0.code)" }
  }

  @Test func `gives the rows that are good, and says where the others are`() async throws {
    let report = try await load("id,name,amount\n1,Ada,5\n2,Grace\n3,Mary,7,x\n4,Joan,9\n")
    #expect(report.run.status == .partial)
    #expect(try rows == ["1|Ada|5", "4|Joan|9"])
    #expect(places(report) == ["3 missing_columns", "4 too_many_columns"])
    #expect(report.deadLetters.first?.path == "\(files.path)/a.csv")
  }

  @Test func `tells the first twenty, and where a column turns into another type`() async throws {
    let lines = (0..<30_000).map { "\($0),\($0 < 29_900 ? "\($0)" : "word")\n" }
    let report = try await load("id,v\n" + lines.joined())
    #expect(report.run.records.deadLettered == 100)
    #expect(report.deadLetters.count == 20)
    #expect(places(report).first == "29902 cast")
  }

  @Test func `keeps its quotes when one of them is wrong`() async throws {
    let good = (0..<50).map { "\($0),\"n\($0)\"\n" }.joined()
    let report = try await load(
      "id,\"the name\"\n" + good + "50,\"open\n51,\"ok\"\n52,\"a \"\"b\"\"\"\n")
    #expect(try rows.count == 51)
    #expect(try rows.contains("49|n49") && rows.contains(#"52|a "b""#))
    #expect(places(report) == ["52 unquoted_value"])
  }

  @Test func `keeps quotes that are text`() async throws {
    let report = try await load("id\tsize\n1\t5\" pipe\n2\t\"left open\n3\t7\" wide\n")
    #expect(report.run.records.loaded == 3)
    #expect(try rows == ["1|5\" pipe", "2|\"left open", "3|7\" wide"])
  }

  @Test func `is read as UTF-16 when it begins so`() async throws {
    func bytes(_ encoding: String.Encoding) throws -> [UInt8] {
      Array(try #require("\u{FEFF}id,name\n1,Zoë\n".data(using: encoding)))
    }
    #expect(try await load(bytes(.utf16LittleEndian)).run.records.loaded == 1)
    #expect(try rows == ["1|Zoë"])
    let error = try await failure(bytes(.utf16BigEndian))
    #expect(error?.code == .validation && error?.cause?.contains("UTF-16") == true)
  }

  @Test func `has a mark at its beginning, or bytes of another encoding`() async throws {
    let marked = try await load([0xEF, 0xBB, 0xBF] + Array("id,name\n1,Ada\n".utf8))
    #expect(marked.run.records.loaded == 1)
    let mixed = try await load(
      Array("id,name\n2,Zoë\n3,Jos".utf8) + [0xE9, 0x0A] + Array("4,x\n".utf8))
    #expect(places(mixed) == ["3 invalid_encoding"])
    #expect(try rows == ["1|Ada", "2|Zoë", "4|x"])
  }

  @Test func `holds U+0000 in values, and is refused with some in its names`() async throws {
    #expect(try await load("id,name\n1,A\0da\n2,\0\n").run.records.loaded == 2)
    let error = try await failure(Array("\0a,\0b\n1,2\n".utf8))
    #expect(error?.code == .validation && error?.cause?.contains("U+0000") == true)
  }

  @Test func `has lines that end in two ways`() async throws {
    let error = try await failure(Array("a,b\n1,2\r\n3,4\n".utf8))
    #expect(error?.code == .validation && error?.hint?.contains("CR LF") == true)
  }

  @Test(arguments: ["csv", "json", "jsonl"])
  func `is empty, which is told and leaves the table as it is`(kind: String) async throws {
    let full = kind == "csv" ? "id,name\n1,Ada\n" : #"{"id": 1, "name": "Ada"}"# + "\n"
    try files.write(Array(full.utf8), to: "data/b.\(kind)")
    try files.write([], to: "data/a.\(kind)")
    func run() async throws -> PipelineReport {
      let base = Pipeline("empty")
      let extracted =
        switch kind {
        case "csv": base.extract(.csv("\(files.path)/data"))
        case "json": base.extract(.json("\(files.path)/data"))
        default: base.extract(.jsonl("\(files.path)/data"))
        }
      return try await extracted.load(.duckdb("\(files.path)/out.duckdb", table: "t"))
        .run(in: Home("\(files.path)/home"))
    }
    let report = try await run()
    #expect(report.notes.contains { $0.contains("a.\(kind) is empty") })
    #expect(report.run.unitsCommitted == 2)
    #expect(try rows == ["1|Ada"])
    #expect(try await run().unitsSkipped == 2)
  }

  @Test func `is empty and alone, which replaces nothing`() async throws {
    try files.write([], to: "a.csv")
    let pipeline = Pipeline("alone").extract(.csv("\(files.path)/a.csv"))
      .load(.duckdb("\(files.path)/out.duckdb", table: "t", mode: .replace))
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(in: Home("\(files.path)/home"))
    }
    #expect(error?.message == "there is nothing to replace the table by")
  }

  @Test func `has names that are the same, or none`() async throws {
    _ = try await load("id,name,name,\n1,a,b,c\n")
    #expect(try rows == ["1|a|b|c"])
  }

  @Test func `is refused in few words when its beginning has a line that is too long`() async throws
  {
    let long = [UInt8](repeating: 0x78, count: 3 << 20)
    let error = try await failure(Array("id,v\n1,a\n2,\"".utf8) + long + Array("\"\n3,b\n".utf8))
    #expect(error?.code == .validation)
    #expect(error?.description.utf8.count ?? .max < 2_000)
    #expect(error?.hint?.contains("2 MB") == true, "\(error as Any)")
  }

  @Test func `has a line that is too long behind many others`() async throws {
    let before = (0..<30_000).map { "\($0),a\n" }.joined()
    let long = [UInt8](repeating: 0x78, count: 3 << 20)
    let report = try await load(Array("id,v\n\(before)x,".utf8) + long + Array("\n7,b\n".utf8))
    #expect(report.run.records.loaded == 30_001)
    #expect(places(report) == ["30002 line_size_over_maximum"])
    #expect(report.deadLetters.first?.message.utf8.count ?? .max < 1_000)
  }

  @Test func `is not told to be wrong when memory is short`() async throws {
    let line = (0..<10_000).map(String.init).joined(separator: ",") + "\n"
    let pipeline = try pipeline(Array((line + line).utf8))
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(
        in: Home("\(files.path)/home"), options: .init(memory: 256 << 20, threads: 1))
    }
    #expect(error?.isLackOfMemory == true && error?.hint?.contains("--memory") == true)
  }

  @Test func `is no database to load into`() async throws {
    try files.write("id\n1\n", to: "b.csv")
    let pipeline = Pipeline("into").extract(.csv("\(files.path)/b.csv"))
      .load(.duckdb("\(files.path)/b.csv", table: "t"))
    let error = await #expect(throws: CatchmentError.self) {
      try await pipeline.run(in: Home("\(files.path)/home"))
    }
    #expect(error?.code == .destinationUnavailable)
    #expect(try String(contentsOfFile: "\(files.path)/b.csv", encoding: .utf8) == "id\n1\n")
  }
}
