import Catchment
import CatchmentCatalogue
import CatchmentConnectors
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

@Suite struct `A pipeline's file` {
  private static let clean = """
    version: 1
    name: clean
    about: "A text: with a colon"
    extract:
      csv: { path: people.csv }
    transform:
      - filter: amount > 0
      - sql:
          query: |
            SELECT *
            FROM input
    load:
      duckdb: { path: out.duckdb, table: people, mode: merge, key: [id] }
    """

  private func read(_ text: String, _ values: [String: String] = [:]) throws -> PipelineFile {
    let home = try TemporaryDirectory()
    let variables = Variables(
      values, secrets: Secrets(environment: values, home: Home(home.path)))
    let setting = try variables.resolve(YAML.read(text, file: "p.yaml"), in: "p.yaml")
    return try PipelineFile(setting, named: "p.yaml")
  }

  private func complaint(_ text: String, _ values: [String: String] = [:]) throws -> String {
    let error = #expect(throws: CatchmentError.self) {
      let file = try read(text, values)
      for pipeline in file.pipelines {
        _ = try pipeline.pipeline(of: Catalogue.kinds, in: "p.yaml")
      }
    }
    return error?.description ?? ""
  }

  // MARK: Lossless

  @Test func `is the same after it is read and written`() throws {
    let file = try read(Self.clean)
    let again = try read(YAML.write(file.setting))
    #expect(again == file)
    #expect(file.pipelines[0].transforms.map(\.kind) == ["filter", "sql"])
    #expect(file.pipelines[0].about == "A text: with a colon")
  }

  @Test(arguments: [
    LoadMode.merge(key: ["id"], deleteMissing: true), .scd2(key: ["a", "b"]),
    .scd2(key: ["id"], deleteMissing: true),
  ])
  func `says how rows are told apart`(mode: LoadMode) throws {
    let pipeline = Pipeline("a").extract(.csv("/x")).load(.sqlite("/y", table: "t", mode: mode))
    let text = try YAML.write(PipelineFile([PipelineDefinition(pipeline)]).setting)
    let again = try read(text).pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml")
    #expect(again.destination.mode == mode)
  }

  @Test(arguments: TuneTarget.allCases)
  func `says what its runs are tuned for`(target: TuneTarget) throws {
    let pipeline = Pipeline("a").extract(.csv("/x")).load(.sqlite("/y", table: "t")).tune(target)
    let text = try YAML.write(PipelineFile([PipelineDefinition(pipeline)]).setting)
    #expect(text.contains("tune: \(target.rawValue)"))
    let again = try read(text).pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml")
    #expect(again.tune == target)
    #expect(try again.refreshing().tune == nil, "a full refresh is other work")
  }

  @Test(arguments: [
    (PipelineRetry(attempts: 7), "retry: 7"),
    (PipelineRetry(attempts: 2, delay: TimeSpan(seconds: 90)), "attempts: 2, delay: 90s"),
    (PipelineRetry(delay: TimeSpan(seconds: 600), limit: TimeSpan(seconds: 600)), "delay: 10m"),
    (PipelineRetry(limit: TimeSpan(seconds: 3_600), classes: [.data]), "limit: 1h"),
  ])
  func `says how it is run again`(retry: PipelineRetry, written: String) throws {
    let pipeline = Pipeline("a").extract(.csv("/x")).load(.sqlite("/y", table: "t"))
      .retry(retry).onFailure(.continue)
    let text = try YAML.write(PipelineFile([PipelineDefinition(pipeline)]).setting)
    for part in written.split(separator: ", ") { #expect(text.contains(part), "\(text)") }
    #expect(text.contains("on_failure: continue"))
    let again = try read(text).pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml")
    #expect(again.retry == retry && again.onFailure == .continue)
    #expect(try again.refreshing().retry == retry)
    #expect(try again.refreshing().onFailure == .continue)
  }

  @Test(arguments: [
    ("retry: 0", "p.yaml:3:8: \"retry\" needs attempts from 1 to 1000"),
    (
      "retry: { atempts: 3 }",
      "p.yaml:3:10: \"retry\" has no \"atempts\"; did you mean \"attempts\"?"
    ),
    (
      "retry: { delay: 10 }",
      "p.yaml:3:17: \"retry\" has a delay that must be a time such as 30s, 5m or 2h, not a whole number"
    ),
    (
      "retry: { classes: [transeint] }",
      "p.yaml:3:20: \"retry\" has classes of which each must be one of configuration, transient, "
        + "quota, data, bug, not \"transeint\"; did you mean \"transient\"?"
    ),
    ("retry: { delay: 2m, limit: 1m }", "\"retry\" has a delay that is longer than its limit"),
    (
      "on_failure: skpi",
      "p.yaml:3:13: \"on_failure\" must be one of fail, continue, skip, not \"skpi\"; "
        + "did you mean \"skip\"?"
    ),
    ("on_failur: skip", "p.yaml:3:1: the file has no key \"on_failur\""),
  ])
  func `says what is wrong with its way of failing`(line: String, complaint: String) throws {
    let said = try self.complaint(
      "version: 1\nname: a\n\(line)\nextract: { csv: { path: x } }\n"
        + "load: { sqlite: { path: y, table: t } }")
    #expect(said.contains(complaint), "\(said)")
  }

  @Test func `says what the pipeline built from it says`() throws {
    let definition = try read(Self.clean).pipelines[0]
    let pipeline = try definition.pipeline(of: Catalogue.kinds, in: "p.yaml")
    let said = try PipelineDefinition(pipeline)
    let again = try read(YAML.write(PipelineFile([said]).setting))
    #expect(again.pipelines == [said])
    #expect(
      try again.pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml").destination.location
        == pipeline.destination.location)
    #expect(said.load.settings == definition.load.settings)
    #expect(
      said.transforms[0].settings == .map(["where": "amount > 0".setting]),
      "what stood alone has its name")
  }

  @Test(arguments: [
    "yes", "no", "null", "12", "1e3", "", " x", "a: b", "# no", "- x", "true", "two\nlines\n", "\"",
    "${x}", "ü", "0x10", "2026-01-01", "*a", "\t",
  ])
  func `keeps text as text`(text: String) throws {
    #expect(try YAML.read(YAML.write(text.setting), file: "t").text == text)
  }

  // MARK: Complaints

  @Test(arguments: [
    (
      "extarct: { csv: { path: x } }", "p.yaml:2:1: the file has no key \"extarct\"",
      "write \"extract\""
    ),
    (
      "name: a\nextract: { csv: { path: x } }\nload: { duckdb: { path: y, tabel: t } }",
      "p.yaml:4:28: duckdb has no option \"tabel\"", "write \"table\""
    ),
    (
      "name: a\nextract: { cvs: { path: x } }\nload: { duckdb: { path: y, table: t } }",
      "p.yaml:3:12: there is no source \"cvs\"", "write \"csv\""
    ),
    (
      "name: a\nextract: { csv: { path: x } }\nload: { duckdb: { path: y, table: t, mode: merg } }",
      "p.yaml:4:44: \"mode\" of duckdb must be one of append, replace, merge, scd2, not \"merg\"; "
        + "did you mean \"merge\"?", ""
    ),
    (
      "name: a\nextract: { csv: { path: x } }\nload: { duckdb: { path: y, table: t, mode: merge } }",
      "p.yaml:4:17: duckdb needs a key to merge by", ""
    ),
    (
      "name: a\nextract: { csv: { path: x } }\nload: { sqlite: { path: y, table: t, delete_missing: true } }",
      "p.yaml:4:17: sqlite has delete_missing, which only mode: merge and mode: scd2 know", ""
    ),
    (
      "name: a\ncursor: { column: at }\nextract: { csv: { path: x } }\n"
        + "load: { sqlite: { path: y, table: t, mode: merge, key: id, delete_missing: true } }",
      "a cursor leaves rows out, and delete_missing would delete them", "use one or the other"
    ),
    (
      "name: a\ntune: speed\nextract: { csv: { path: x } }\nload: { duckdb: { path: y, table: t } }",
      "p.yaml:3:7: \"tune\" must be one of throughput, memory, latency, not \"speed\"", ""
    ),
    (
      "name: a\nextract: { csv: }\nload: { duckdb: { path: y, table: t } }",
      "csv needs the option \"path\"", ""
    ),
    (
      "name: a\nextract: { csv: { path: x } }\ntransfrom: []\nload: { duckdb: { path: y, table: t } }",
      "p.yaml:4:1: the file has no key \"transfrom\"", "write \"transform\""
    ),
    ("name: a\n  b: c", "p.yaml:3:4: the file is not YAML", "check the indentation"),
    ("name: a\nname: b", "\"name\" stands twice", "keep one of them"),
  ])
  func `is refused with the place and what was meant`(
    lines: String, message: String, hint: String
  ) throws {
    let said = try complaint("version: 1\n\(lines)")
    #expect(said.contains(message), "\(said)")
    #expect(hint.isEmpty || said.contains(hint), "\(said)")
  }

  @Test func `is refused when it is of another version or of none`() throws {
    #expect(try complaint("name: a").contains("begin it with version: 1"))
    #expect(try complaint("version: 1").contains("add a line such as name: clean"))
    #expect(try complaint("version: 2").contains("reads files of version 1 only"))
  }

  @Test func `is refused when a few lines stand for millions`() throws {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let of = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(of)]\n"
    }
    #expect(try complaint(text).contains("more than 100000 values"))
  }

  // MARK: Variables

  @Test(arguments: [
    ("${A}", ["A": "7"], Setting(.integer(7))), ("\"${A}\"", ["A": "7"], "7".setting),
    ("x-${A}-${B:-y}", ["A": "1"], "x-1-y".setting), ("$${A}", [:], "${A}".setting),
    ("${A:-}", [:], Setting(.null)), ("${A:-2}", ["A": ""], Setting(.integer(2))),
    ("$5", [:], "$5".setting),
  ])
  func `takes variables`(written: String, values: [String: String], meant: Setting) throws {
    let home = try TemporaryDirectory()
    let variables = Variables(values, secrets: Secrets(environment: [:], home: Home(home.path)))
    let read = try YAML.read("v: \(written)", file: "v.yaml")
    #expect(try variables.resolve(read, in: "v.yaml").entries?[0].setting == meant)
  }

  @Test func `says which variable is missing, and where`() throws {
    let missing = try complaint("version: 1\nname: ${NAME}")
    #expect(missing.contains("p.yaml:2:7: the variable NAME is not set"), "\(missing)")
    let told = try complaint("version: 1\nname: ${NAME:?say how it is called}")
    #expect(told.contains("NAME: say how it is called"), "\(told)")
  }

  @Test func `takes a secret from its own file only when nobody else can read it`() throws {
    let home = try TemporaryDirectory()
    try home.write("s3cret\n", to: "secrets/db")
    let variables = Variables([:], secrets: Secrets(environment: [:], home: Home(home.path)))
    let read = try YAML.read("password: ${secret:db}", file: "s.yaml")
    let refused = #expect(throws: CatchmentError.self) {
      try variables.resolve(read, in: "s.yaml")
    }
    #expect(refused?.hint == "run chmod 600 \(home.path)/secrets/db")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: "\(home.path)/secrets/db")
    let resolved = try variables.resolve(read, in: "s.yaml")
    #expect(resolved.entries?[0].setting.text == "s3cret")
    #expect(resolved.entries?[0].setting.isSecret == true)
  }

  // MARK: Several pipelines

  @Test func `runs what is needed first`() throws {
    let part = "extract: { csv: { path: x } }, load: { duckdb: { path: y, table: t } }"
    let file = try read(
      """
      version: 1
      pipelines:
        - { name: c, needs: [a, b], \(part) }
        - { name: b, needs: a, \(part) }
        - { name: a, \(part) }
        - { name: d, \(part) }
      """)
    #expect(file.waves.map { $0.map(\.name) } == [["a", "d"], ["b"], ["c"]])
    #expect(try read(YAML.write(file.setting)) == file)
    let circle = try complaint(
      """
      version: 1
      pipelines:
        - { name: a, needs: b, \(part) }
        - { name: b, needs: a, \(part) }
      """)
    #expect(circle.contains("the pipelines a, b need each other in a circle"), "\(circle)")
  }
}
