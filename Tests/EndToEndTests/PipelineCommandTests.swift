import Foundation
import JSONSchema
import JSONTape
import Testing

@Suite struct `A pipeline of a file` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "pipeline-\(UUID())")

  private var example: String {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Examples/pipelines/clean/clean.yaml").path
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    return try Program.run(arguments + ["--home", "\(work.path)/home"])
  }

  @Test func `is run once and then skipped`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let output = "OUTPUT=\(work.path)/people.duckdb"
    let first = try run("run", example, "--set", output, "--json")
    #expect(first.status == 0, "\(first.errors)")
    let records = try #require(first.objects.first?["records"] as? [String: Int])
    #expect(records["read"] == 5 && records["loaded"] == 3 && records["filtered"] == 2)
    let again = try run("run", example, "--set", output)
    #expect(again.output.contains("1 file unchanged, not read again"))
  }

  @Test func `is told wrong with the place and what was meant`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let text = try String(contentsOfFile: example, encoding: .utf8)
    let file = work.appending(path: "broken.yaml")
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    try text.replacing("table:", with: "tabel:").write(to: file, atomically: true, encoding: .utf8)
    let outcome = try run("validate", file.path)
    #expect(outcome.status == 5)
    #expect(
      outcome.errors.contains("broken.yaml:8:53: duckdb has no option \"tabel\""),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("try: write \"table\""))
  }

  @Test func `reads columns of fixed width, and keeps the lines that are too short`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try data("001Ada\n002\n003Zoë\n")
    let file = work.appending(path: "widths.yaml")
    try """
    version: 1
    name: widths
    extract: { fixed_width: { path: people.csv, columns: { id: 1-3, name: 4-9 } } }
    transform:
      - cast: { columns: { id: INTEGER } }
    load: { csv: { path: out.csv } }
    """.write(to: file, atomically: true, encoding: .utf8)
    let outcome = try run("run", file.path, "--json")
    #expect(outcome.status == 3, "\(outcome.errors)")
    let records = try #require(outcome.objects.first?["records"] as? [String: Int])
    #expect(records["read"] == 3 && records["loaded"] == 2 && records["dead_lettered"] == 1)
    let text = try String(contentsOfFile: "\(work.path)/out.csv", encoding: .utf8)
    #expect(text == "id,name\n1,Ada\n3,Zoë\n")
  }

  @Test func `reads files that are compressed, and looks into them`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try data()
    let bytes = try #require(
      Data(
        base64Encoded:
          "QlpoOTFBWSZTWf9bE9oAAAldgAAQAAQwACCALiMQACAAIiaNqHqH6oQAAHqaTUZi4b9wGmfF3JFOFCQ/1sT2gA=="
      ))
    let file = work.appending(path: "two.csv.bz2")
    try bytes.write(to: file)
    #expect(try counts(run("run", file.path, "\(work.path)/two.jsonl", "--json"))["loaded"] == 2)
    let found = try run("infer", file.path)
    #expect(found.output.contains("2 rows") && found.output.contains("name"), "\(found.errors)")
  }

  @Test func `reads a sheet of a workbook, and keeps what is no date`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try data()
    let file = work.appending(path: "people.xlsx")
    try #require(Data(base64Encoded: Self.workbook, options: .ignoreUnknownCharacters))
      .write(to: file)
    let outcome = try run("run", file.path, "\(work.path)/people.csv", "--json")
    #expect(outcome.status == 3, "\(outcome.errors)")
    let records = try #require(outcome.objects.first?["records"] as? [String: Int])
    #expect(records["read"] == 4 && records["loaded"] == 1 && records["dead_lettered"] == 3)
    let text = try String(contentsOfFile: "\(work.path)/people.csv", encoding: .utf8)
    #expect(text == "id,name,born,amount\n1,Ada,1915-12-10,1.5\n")
  }

  /// A sheet with four rows and a blank one, written by hand and packed.
  private static let workbook = """
    UEsDBBQAAAAIAD0XfF13RBCs9gAAAF4CAAATAAAAW0NvbnRlbnRfVHlwZXNdLnhtbK2Sv07DMBCHX8XyimKnDAihJB0K
    jMBQHuBwLokV/5PPLenb47jAwAJInU72ff59Z8vNdrGGHTGS9q7lG1Fzhk75Xrux5a/7x+qWb7tmfwpILKOOWj6lFO6k
    JDWhBRI+oMudwUcLKS/jKAOoGUaU13V9I5V3CV2q0prBu+YeBziYxB6WvH3WRjTE2e4Mrq6WQwhGK0i5L4+u/2GpPg0i
    nywMTTrQVQa47JrnfJ+oe2QvENMT2BwnFyPffZzfvJ/Fiv3L5odBK+y9Oth8RFCICD1NiMkaUaqwoN0f/AUmWcrmwoN8
    5/8yB6WTQbr0K5TQL7MsH6b7AFBLAwQUAAAACAA9F3xdHEn3vqQAAAAWAQAACwAAAF9yZWxzLy5yZWxzjc/BDsIgDAbg
    VyG9O6YHY8zYLsZkVzMfAFnHyAYlgDrfXo7OePDY9P+/plWz2Jk9MERDTsC2KIGhU9QbpwVcu/PmAE1dXXCWKSfiaHxk
    ueKigDElf+Q8qhGtjAV5dHkzULAy5TFo7qWapEa+K8s9D58GrE3W9gJC22+BdS+P/9g0DEbhidTdoks/TnwlsiyDxiRg
    mfmTwnQjmoqMAq8rvnqwfgNQSwMEFAAAAAgAPRd8XUVugBevAAAACgEAAA8AAAB4bC93b3JrYm9vay54bWyNjz0OwjAM
    ha8SeacpDAhVbVkQUjcGOEBoXRqRxJEdfo5P1MLOZPvZ/uxX79/eqSeyWAoNrIsSFIaeBhtuDVzOx9UO9m39Ir5fie4q
    TwdpYEopVlpLP6E3UlDEkDsjsTcpl3zTEhnNIBNi8k5vynKrvbEBFkLF/zBoHG2PB+ofHkNaIIzOpPyrTDYKtPV8Qb5R
    BeOxgRNSdAhq1roh2wLFlc0Jd8MadFvr35r+OWs/UEsDBBQAAAAIAD0XfF0D0FLStwAAAJYBAAAaAAAAeGwvX3JlbHMv
    d29ya2Jvb2sueG1sLnJlbHOtkMsKwjAQRX8lzN5O24WImLoRwa3oB4R0+qBtEjLx9fcGxUehCxeuhjuPcy+zWl+HXpzJ
    c2uNhCxJQZDRtmxNLeF42M4WsC5We+pViBvctI5FPDEsoQnBLRFZNzQoTqwjEyeV9YMKUfoandKdqgnzNJ2j/2bAmCl2
    pQS/KzMQh5ujX9i2qlpNG6tPA5kwYYEX6ztuiEKEKl9TkPBuMT5KlkQq4HSY/J9hONx64k+Sp37Z4+jBxR1QSwMEFAAA
    AAgAPRd8XXydJtyVAAAAwwAAAA0AAAB4bC9zdHlsZXMueG1sXY7NCsIwEIRfJezdJi0iIk17K3hWwWtItz+QbEo2lfr2
    piAI3ma+mYGp28078cLIcyANZaFAINnQzzRqeNy7wxnapub0dnibEJPIfWINU0rLRUq2E3rDRViQcjKE6E3KNo6Sl4im
    533knayUOklvZoKmtujcc2Bhw0pJQ5XRNghafefTtdegQP6R8rgj+R1m9TvUfABQSwMEFAAAAAgAPRd8XTIFTtE/AQAA
    xAMAABgAAAB4bC93b3Jrc2hlZXRzL3NoZWV0MS54bWx9k9FuwiAUhl+l4X6ltrYxC8U4m+1qV9segLVMiXIwgFXfftgZ
    ogR2B4f/nPP9ByDLs9xnI9dGKGjRLC9QxqFXg4BNi74+X58WaEnJSemd2XJuMycH06KttYdnjE2/5ZKZXB04uJMfpSWz
    bqs32Bw0Z8OUJPe4LIoGSyYAUTLFOmYZJVqdMu3aumh/XaxmKLMtErAXwD+sdnFhKLFUDARbSvB1h/ub+iWlBiZ5RL9O
    6b+Vhoi+S+mZVEewjxnYefGGSm/ouhrpjODxHrxMFF4NLMbt5OZvSiOtF2X1WK279chrH3+AqTxMNQnLAKZKwLxp1kfH
    mEo4wg7UKTrJW+e8TDDOURCoPXQ9pQae1/XdSOZNsQhMdXWCUTK4/HNxjW/bJAqcYw8xJX5n+hKbYBPQhzfaBJ7/GPHd
    z8H+S9JfUEsBAhQDFAAAAAgAPRd8XXdEEKz2AAAAXgIAABMAAAAAAAAAAAAAAIABAAAAAFtDb250ZW50X1R5cGVzXS54
    bWxQSwECFAMUAAAACAA9F3xdHEn3vqQAAAAWAQAACwAAAAAAAAAAAAAAgAEnAQAAX3JlbHMvLnJlbHNQSwECFAMUAAAA
    CAA9F3xdRW6AF68AAAAKAQAADwAAAAAAAAAAAAAAgAH0AQAAeGwvd29ya2Jvb2sueG1sUEsBAhQDFAAAAAgAPRd8XQPQ
    UtK3AAAAlgEAABoAAAAAAAAAAAAAAIAB0AIAAHhsL19yZWxzL3dvcmtib29rLnhtbC5yZWxzUEsBAhQDFAAAAAgAPRd8
    XXydJtyVAAAAwwAAAA0AAAAAAAAAAAAAAIABvwMAAHhsL3N0eWxlcy54bWxQSwECFAMUAAAACAA9F3xdMgVO0T8BAADE
    AwAAGAAAAAAAAAAAAAAAgAF/BAAAeGwvd29ya3NoZWV0cy9zaGVldDEueG1sUEsFBgAAAAAGAAYAgAEAAPQFAAAAAA==
    """

  // MARK: Without a file

  private static let people = "id,name\n1,Ada\n2,Grace\n3,\"Mary, S.\"\n"

  private func data(_ text: String = people) throws -> String {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let file = work.appending(path: "people.csv")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func counts(_ outcome: Program.Outcome) throws -> [String: Int] {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(outcome.objects.first?["records"] as? [String: Int])
  }

  @Test(arguments: ["duckdb:W/a.duckdb", "W/b.duckdb", "sqlite:W/a.db", "W/b.sqlite"])
  func `is said in one line for a table`(destination: String) throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let place = destination.replacing("W", with: work.path)
    let file = try data()
    let merge = ["run", file, place, "--mode", "merge", "--key", "id", "--json"]
    let home = ["--home", "\(work.path)/home"]
    let first = try counts(Program.run(merge + home))
    #expect(first["loaded"] == 3)
    _ = try data("id,name\n2,Grace\n3,Mary\n4,Joan\n")
    let second = try counts(Program.run(merge + home))
    #expect(second["loaded"] == 1 && second["updated"] == 1 && second["duplicate"] == 1)
    let shown = try run("run", file, place, "--mode", "merge", "--key", "id")
    #expect(shown.output.contains("1 file unchanged, not read again"))
    #expect(shown.output.contains(":people\n"))
  }

  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"] != nil),
    arguments: ["append", "replace"])
  func `is said in one line for a server`(mode: String) throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let server = try #require(ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"])
    let place = "\(server)?schema=short_\(UUID().uuidString.prefix(8).lowercased())"
    let first = try run("run", data(), place, "--mode", mode, "--json")
    #expect(try counts(first)["loaded"] == 3)
  }

  @Test func `is said in one line for a file, and read back`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let parquet = "\(work.path)/people.parquet"
    #expect(try counts(run("run", data(), parquet, "--json"))["loaded"] == 3)
    let back = try run("run", parquet, "\(work.path)/back.csv", "--json")
    #expect(try counts(back)["loaded"] == 3)
    #expect(try String(contentsOfFile: "\(work.path)/back.csv", encoding: .utf8) == Self.people)
  }

  @Test func `is told when a name says too little`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let unknown = try run("run", data(), "somewhere")
    #expect(unknown.status == 2)
    #expect(
      unknown.errors.contains("what somewhere is to be written as cannot be told from its name"))
    let table = try run("run", data(), "out.csv", "--table", "t")
    #expect(table.status == 2, "\(table.errors)")
    let alone = try run("run", example, "--table", "t")
    #expect(alone.status == 2, "\(alone.errors)")
  }

  @Test func `names the short form when it is data and goes nowhere`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let outcome = try run("run", data())
    #expect(outcome.status == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("people.csv is data (csv), and no pipeline's file"))
    #expect(outcome.errors.contains("people.csv duckdb:out.duckdb`"))
  }

  @Test func `is said in one line for a table of a database`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let (file, copy) = ("duckdb:\(work.path)/a.duckdb", "\(work.path)/copy.csv")
    #expect(try counts(run("run", data(), file, "--json"))["loaded"] == 3)
    #expect(try counts(run("run", "\(file)#people", copy, "--json"))["loaded"] == 3)
    #expect(try String(contentsOfFile: copy, encoding: .utf8) == Self.people)
    let nameless = try run("run", file, copy)
    #expect(nameless.status == 2 && nameless.errors.contains("duckdb:PLACE#TABLE"))
  }

  // MARK: Without doing it

  @Test func `is planned and tried without a trace`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let output = "OUTPUT=\(work.path)/people.duckdb"
    let plan = try run("plan", example, "--set", output)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("clean: 1 file to read, of 1\n"))
    #expect(plan.output.contains("SELECT * FROM input WHERE (\n    amount > 0\n    )\n"))
    let json = try run("plan", example, "--set", output, "--json")
    #expect((json.objects.first?["steps"] as? [Any])?.count == 2, "\(json.errors)")
    let tried = try run("run", example, "--set", output, "--dry-run")
    #expect(tried.status == 0, "\(tried.errors)")
    #expect(
      tried.output.contains(
        "5 read = 3 to load + 2 filtered + 0 dead-lettered\n  a dry run: nothing"))
    let limited = try run("run", example, "--set", output, "--limit", "2", "--json")
    #expect((limited.objects.first?["records"] as? [String: Int])?["read"] == 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: work.path) == [])
    #expect(try run("run", example, "--limit", "0").status == 2)
  }

  @Test func `is planned and tried beside those that it needs, which load nothing then`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try data("id,name\n1,Ada\n")
    let file = work.appending(path: "two.yaml").path
    try """
    version: 1
    pipelines:
      - name: first
        extract: { csv: { path: people.csv } }
        load: { duckdb: { path: a.duckdb, table: people } }
      - name: second
        needs: [first]
        extract: { duckdb: { path: a.duckdb, table: people } }
        load: { csv: { path: out.csv, mode: replace } }
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let plan = try run("plan", file)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(plan.output.contains("second: not planned, for it needs first\n"))
    let tried = try run("run", file, "--dry-run")
    #expect(tried.status == 0 && tried.output.contains("second: skipped, for it needs first"))
    #expect(tried.errors.contains("note: second: there is no file"))
    let json = try run("run", file, "--dry-run", "--json")
    #expect(json.objects.map { $0["status"] as? String }.last == "skipped")
    #expect(try run("run", file).status == 0)
    #expect(try run("plan", file).output.contains("second: 0 tables to read, of 1"))
  }

  @Test func `is compared with the rows that are expected of it`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let source = try data("id,name\n1,Ada\n2,Grace\nx,Mary\n1,Ada\n")
    let file = work.appending(path: "people.yaml").path
    try """
    version: 1
    name: people
    extract: { csv: { path: people.csv, text: true } }
    transform:
      - cast: { columns: { id: INTEGER } }
    load: { postgresql: { url: "postgresql://nobody@127.0.0.1:1/none", table: people } }
    """.write(toFile: file, atomically: true, encoding: .utf8)
    let nothing = try run("test", file)
    #expect(nothing.status == 2 && nothing.errors.contains("--record"), "\(nothing.errors)")
    #expect(try run("test", file, "--record").output == "people: 3 rows recorded\n")
    let kept = try String(
      contentsOfFile: "\(work.path)/people.expected/people.jsonl", encoding: .utf8)
    #expect(
      kept == #"""
        {"id":1,"name":"Ada"}
        {"id":1,"name":"Ada"}
        {"id":2,"name":"Grace"}

        """#)
    #expect(try run("test", file).output == "people: 3 rows, as expected\n")
    try "id,name\n1,Ada\n3,Grace\ny,Mary\n".write(
      toFile: source, atomically: true, encoding: .utf8)
    let changed = try run("test", file)
    #expect(changed.status == 4)
    let lines = changed.output.split(separator: "\n")
    #expect(lines.first == "people: 3 missing, 2 not expected")
    #expect(lines.contains(#"  - {"id":1,"name":"Ada"}"#))
    #expect(lines.contains(#"  + {"id":3,"name":"Grace"}"#))
    #expect(lines.count { $0.contains(#""stage":"cast""#) } == 2)
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/home"))
  }

  @Test func `loads what is new by a cursor, and refuses one for a table that is replaced`() throws
  {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try data("id,name\n1,Ada\n2,Grace\n")
    let file = work.appending(path: "new.yaml").path
    let text = """
      version: 1
      name: new
      cursor: { column: id, nulls: skip }
      extract: { csv: people.csv }
      load: { sqlite: { path: out.db, table: people, mode: append } }
      """
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try counts(run("run", file, "--json"))["loaded"] == 2)
    _ = try data("id,name\n1,Ada\n2,Grace\n2,Joan\n3,Mary\n,Nobody\n")
    let second = try counts(run("run", file, "--json"))
    #expect(second["loaded"] == 2 && second["read"] == 2)
    try text.replacing("append", with: "replace").write(
      toFile: file, atomically: true, encoding: .utf8)
    let refused = try run("validate", file)
    #expect(refused.status == 5 && refused.errors.contains("a cursor leaves rows out"))
  }

  @Test func `hides a secret of its destination`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let outcome = try Program.run(
      [
        "run", data(), "postgresql://ada:${secret:team}@127.0.0.1:1/team", "--home",
        "\(work.path)/home",
      ], environment: ["CATCHMENT_SECRET_TEAM": "hunter2secret"])
    #expect(outcome.status == 7, "\(outcome.errors)")
    #expect(!(outcome.errors + outcome.output).contains("hunter2secret"))
    #expect(outcome.errors.contains("postgresql://ada@127.0.0.1:1/team cannot be reached"))
  }

  @Test func `lists the sources of conversations, and where each is looked for`() throws {
    let list = try Program.run(["describe"])
    #expect(list.status == 0)
    #expect(list.output.contains("\nconversations\n"))
    #expect(list.output.contains("  codex "))
    let one = try Program.run(["describe", "codex"])
    #expect(one.output.contains("    ~/.codex/sessions\n"))
    #expect(one.output.hasSuffix("Documentation/sources/codex.md\n"))
    #expect(try Program.run(["describe", "codexx"]).errors.contains("codex"))
  }

  @Test func `fits the schema that editors are given`() throws {
    let schema = try Program.run(["describe", "--schema"])
    #expect(schema.status == 0)
    let validator = try JSONSchema(schema.output)
    let parser = TapeParser()
    func isAccepted(_ text: String) throws -> Bool {
      let bytes = Array(text.utf8)
      return try bytes.withUnsafeBytes { validator.accepts(try parser.parse($0, isPadded: false)) }
    }
    let step = #"{"csv":{"path":"x"}}"#
    let load = #"{"duckdb":{"path":"y","table":"t","mode":"merge","key":"id"}}"#
    let steps = #"[{"filter":"x > 1"}]"#
    let good =
      #"{"version":1,"name":"a","extract":\#(step),"transform":\#(steps),"load":\#(load)}"#
    #expect(try isAccepted(good))
    let patient = good.replacing(
      "\"name\":\"a\",",
      with: """
        "name":"a","retry":{"attempts":3,"delay":"1.5s","classes":["quota"]},"on_failure":"skip",
        """)
    #expect(try isAccepted(patient))
    for bad in [
      patient.replacing("1.5s", with: "1.5"), patient.replacing("quota", with: "quotas"),
      patient.replacing("skip", with: "go"), patient.replacing("3,", with: "0,"),
      good.replacing("\"csv\"", with: "\"cvs\""), good.replacing("\"path\"", with: "\"pth\""),
      good.replacing("merge", with: "mrge"), good.replacing("\"version\":1,", with: ""),
    ] {
      #expect(try !isAccepted(bad), "\(bad)")
    }
  }
}
