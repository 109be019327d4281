import Foundation
import Testing

@Suite struct `Standard input and output` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "stream-\(UUID())")
  private static let people = "id,name\n1,Ada\n2,Grace\n3,\"Mary, S.\"\n"

  private func run(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    return try Program.run(arguments + ["--home", "\(work.path)/home"], input: input)
  }

  private func file(_ text: String, _ name: String) throws -> String {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let file = work.appending(path: name)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func loaded(_ outcome: Program.Outcome) throws -> Int? {
    #expect(outcome.status == 0, "\(outcome.errors)")
    return (outcome.objects.first?["records"] as? [String: Int])?["loaded"]
  }

  @Test func `is kept as it came, and the same is not loaded twice`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let place = "duckdb:\(work.path)/a.duckdb"
    for expected in [3, 0] {
      let outcome = try run(
        "run", "csv:-", place, "--table", "people", "--json", input: Self.people)
      #expect(try loaded(outcome) == expected)
    }
    let more = try run(
      "run", "csv:-", place, "--table", "people", "--json", input: "id,name\n4,Joan\n")
    #expect(try loaded(more) == 1)
    let raw = try FileManager.default.subpathsOfDirectory(
      atPath: "\(work.path)/home/raw/artifacts")
    let kept = try raw.filter { $0.count == 67 }.map {
      try String(contentsOfFile: "\(work.path)/home/raw/artifacts/\($0)", encoding: .utf8)
    }
    #expect(Set(kept) == [Self.people, "id,name\n4,Joan\n"])
  }

  @Test func `is planned and tried`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let place = "duckdb:\(work.path)/a.duckdb"
    let plan = try run("plan", "jsonl:-", place, input: "{\"id\": 1}\n")
    #expect(plan.output.contains("→ id BIGINT"), "\(plan.errors)")
    let tried = try run("run", "jsonl:-", place, "--dry-run", input: "{\"id\": 1}\n")
    #expect(tried.output.contains("1 to load"), "\(tried.errors)")
  }

  @Test func `has the rows alone, in every run, and the report is beside them`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let people = try file(Self.people, "people.csv")
    for _ in 1...2 {
      let outcome = try run("run", people, "csv:-")
      #expect(outcome.status == 0 && outcome.output == Self.people, "\(outcome.errors)")
      #expect(outcome.errors.contains("3 read = 3 loaded"))
      #expect(!outcome.errors.contains("note:"))
    }
    let lines = try run("run", "csv:-", "jsonl:-", "--json", input: "id\n1\n2\n")
    #expect(lines.output == "{\"id\":1}\n{\"id\":2}\n")
    #expect(lines.errors.contains("\"loaded\":2"), "\(lines.errors)")
  }

  @Test func `has nothing of a run that fails`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try file("id\n1\nx\n", "people.csv")
    let pipeline = try file(
      """
      version: 1
      name: people
      max_rejects: 0
      extract: { csv: { path: people.csv, text: true } }
      transform:
        - cast: { columns: { id: INTEGER } }
      load: { csv: { path: "-" } }
      """, "people.yaml")
    for arguments in [["run", pipeline], ["run", pipeline, "--json"]] {
      let outcome = try Program.run(arguments + ["--home", "\(work.path)/home"])
      #expect(outcome.status == 4 && outcome.output == "", "\(outcome.errors)")
      #expect(outcome.errors.contains("max_rejects"))
    }
  }

  @Test func `are used once, as what they are said to be`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let unsaid = try run("run", "-", "duckdb:\(work.path)/a.duckdb")
    #expect(unsaid.status == 2 && unsaid.errors.contains("csv:-"), "\(unsaid.errors)")
    let pipelines = try file(
      """
      version: 1
      pipelines:
        - name: a
          extract: { csv: { path: "-" } }
          load: { csv: { path: a.csv } }
        - name: b
          extract: { csv: "-" }
          load: { csv: { path: b.csv } }
      """, "two.yaml")
    let twice = try run("run", pipelines)
    #expect(twice.status == 5 && twice.errors.contains("standard input"), "\(twice.errors)")
    #expect(try loaded(run("run", pipelines, "--select", "b", "--json", input: "id\n1\n")) == 1)
  }
}

@Suite struct `Several pipelines of a file` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "group-\(UUID())")

  @Test func `run as far as they can, and say what became of each`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    func write(_ text: String, _ name: String) throws -> String {
      let file = work.appending(path: name)
      try text.write(to: file, atomically: true, encoding: .utf8)
      return file.path
    }
    _ = try write("id\n1\n2\n", "a.csv")
    let pipelines = try write(
      """
      version: 1
      pipelines:
        - name: a
          extract: { csv: a.csv }
          load: { duckdb: { path: shop.duckdb, table: a } }
        - name: b
          extract: { csv: a.csv }
          load: { duckdb: { path: shop.duckdb, table: b } }
        - name: c
          extract: { csv: missing.csv }
          load: { sqlite: { path: c.db, table: c } }
        - name: d
          needs: c
          extract: { csv: a.csv }
          load: { sqlite: { path: d.db, table: d } }
        - name: e
          needs: [a, b]
          extract: { duckdb: { path: shop.duckdb, table: a } }
          load: { csv: { path: e.csv } }
      """, "all.yaml")
    let home = ["--home", "\(work.path)/home"]
    let outcome = try Program.run(["run", pipelines, "--json", "--threads", "2"] + home)
    #expect(outcome.status == 6, "\(outcome.errors)")
    let statuses = outcome.objects.compactMap { $0["status"] as? String }
    #expect(statuses == ["done", "done", "failed", "skipped", "done"])
    let error = outcome.objects.first { $0["error"] != nil }?["error"] as? [String: Any]
    #expect((error?["message"] as? String)?.contains("missing.csv") == true)
    #expect(
      try String(contentsOfFile: "\(work.path)/e.csv", encoding: .utf8) == "id\n1\n2\n")
    let shown = try Program.run(["run", pipelines] + home)
    #expect(shown.status == 6 && shown.errors.contains("catchment: c: there is no file"))
    #expect(shown.output.contains("d: skipped, for it needs c"))
    let chosen = try Program.run(["run", pipelines, "--select", "e", "--json"] + home)
    #expect(chosen.status == 0 && chosen.objects.count == 3, "\(chosen.errors)")
    let since = try Program.run(["run", pipelines, "--since", "1"] + home)
    #expect(since.status == 2 && since.errors.contains("has no cursor"), "\(since.errors)")
  }
}
