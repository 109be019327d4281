import Foundation
import JSONSchema
import JSONTape
import Testing

@Suite final class `A file that says who is told` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "notify-\(UUID())").path

  init() throws {
    try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
    try write("id,name\n1,Ada\n2\n", to: "people.csv")
  }

  deinit { try? FileManager.default.removeItem(atPath: work) }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(work)/\(name)", atomically: true, encoding: .utf8)
  }

  /// The path of a pipeline's file with these receivers.
  private func file(_ receivers: String) throws -> String {
    try write(
      """
      version: 1
      name: people
      notify:
      \(receivers)
      extract: { csv: { path: people.csv } }
      load: { duckdb: { path: out.duckdb, table: people } }
      """, to: "people.yaml")
    return "\(work)/people.yaml"
  }

  private func run(_ arguments: String..., secret: String? = nil) throws -> Program.Outcome {
    var environment = ["PATH": "/usr/bin:/bin"]
    environment["CATCHMENT_SECRET_HOOK"] = secret
    return try Program.run(arguments + ["--home", "\(work)/home"], environment: environment)
  }

  private func told() throws -> [[String: Any]] {
    try String(contentsOfFile: "\(work)/told", encoding: .utf8).split(separator: "\n")
      .map { line in
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      }
  }

  private var all: String { "on: [start, success, partial, failure, broken_promise]" }

  @Test func `has each told once of a run's start and its end`() throws {
    let file = try file("  - command: [sh, -c, 'cat >> \(work)/told']\n    \(all)")
    let outcome = try run("run", file, "--json")
    #expect(outcome.status == 3 && outcome.errors.isEmpty, "\(outcome.errors)")
    let events = try told()
    #expect(events.map { $0["event"] as? String } == ["start", "partial"])
    #expect(events[1]["run_id"] as? String == outcome.objects.first?["run_id"] as? String)
    let records = try #require(events[1]["records"] as? [String: Int])
    #expect(records["read"] == 2 && records["loaded"] == 1 && records["dead_lettered"] == 1)
    #expect(try run("run", file, "--dry-run").status == 0, "there is nothing new")
    #expect(try told().count == 2, "a dry run tells nobody")
  }

  @Test func `ends as ever when nobody can be told, and says so`() throws {
    let outcome = try run("run", file("  - command: [sh, -c, exit 3]"), "--json")
    #expect(outcome.status == 3)
    let report = try #require(outcome.objects.first)
    let failure = try #require((report["undelivered"] as? [[String: Any]])?.first)
    #expect(failure["receiver"] as? String == "the command sh")
    #expect(failure["event"] as? String == "partial")
    #expect(
      outcome.errors.contains(
        #"warning: the command sh could not be told "people: done in part": the command sh ended"#),
      "\(outcome.errors)")
    try FileManager.default.removeItem(atPath: "\(work)/people.csv")
    let lost = try run("run", "\(work)/people.yaml", "--json")
    #expect(lost.status == 6 && lost.object["undelivered"] != nil && lost.object["error"] != nil)
  }

  @Test func `keeps what is secret`() throws {
    let secret = "T0K3N-of-a-chat"
    let file = try file(
      """
        - slack: "http://127.0.0.1:1/services/${secret:hook}"
        - webhook: { url: "http://127.0.0.1:1/", headers: { X: "${secret:hook}" } }
      """)
    for command in ["validate", "plan", "run", "notify"] {
      for more in [[], ["--json"]] {
        let outcome = try Program.run(
          [command, file] + more + ["--home", "\(work)/home"],
          environment: ["CATCHMENT_SECRET_HOOK": secret])
        #expect(!outcome.output.contains(secret) && !outcome.errors.contains(secret), "\(command)")
      }
    }
    let files = try FileManager.default.subpathsOfDirectory(atPath: "\(work)/home")
    for path in files {
      guard let bytes = FileManager.default.contents(atPath: "\(work)/home/\(path)") else {
        continue
      }
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(path)")
    }
  }

  @Test func `can be tried without a run`() throws {
    let file = try file("  - command: [sh, -c, 'cat >> \(work)/told']\n  - command: nonesuch")
    let outcome = try run("notify", file)
    #expect(outcome.status == 5 && outcome.output == "people: told the command sh\n")
    #expect(outcome.errors.contains(#"there is no program "nonesuch" on the PATH"#))
    #expect(try told().first?["test"] as? Bool == true)
    #expect(!FileManager.default.fileExists(atPath: "\(work)/out.duckdb"))
    let said = try run("notify", file, "--event", "success", "--json")
    #expect(said.objects.map { $0["status"] as? String } == ["told", "failed"])
    #expect(try told().last?["event"] as? String == "success")
    let nobody = try run("notify", self.file("  []"))
    #expect(nobody.status == 5 && nobody.errors.contains("names nobody to tell"))
  }

  @Test func `may have several pipelines, told of as one`() throws {
    try write(
      """
      version: 1
      notify: [{ command: [sh, -c, 'cat >> \(work)/told'], \(all) }]
      pipelines:
        - { name: a, extract: { csv: { path: people.csv } }, load: { csv: { path: a.csv } } }
        - { name: b, extract: { csv: { path: none.csv } }, load: { csv: { path: b.csv } } }
      """, to: "both.yaml")
    #expect(try run("run", "\(work)/both.yaml").status == 6)
    let events = try told()
    #expect(events.map { $0["event"] as? String } == ["start", "partial"])
    #expect(events.last?["pipeline"] as? String == "both")
    let parts = try #require(events.last?["pipelines"] as? [[String: Any]])
    #expect(parts.map { $0["event"] as? String } == ["partial", "failure"])
  }

  @Test func `fits the schema that editors are given`() throws {
    let validator = try JSONSchema(Program.run(["describe", "--schema"]).output)
    let parser = TapeParser()
    func isAccepted(_ receivers: String) throws -> Bool {
      let text = #"""
        {"version":1,"name":"a","notify":\#(receivers),"extract":{"csv":{"path":"x"}},
         "load":{"csv":{"path":"y"}}}
        """#
      let bytes = Array(text.utf8)
      return try bytes.withUnsafeBytes { validator.accepts(try parser.parse($0, isPadded: false)) }
    }
    for good in [
      #"[{"slack":"https://h/x"},{"command":["a","b"],"on":"failure"}]"#,
      #"[{"webhook":{"url":"https://h","headers":{"A":"b"}},"on":["start","broken_promise"]}]"#,
      #"[{"email":{"url":"smtp://h","from":"a@b","to":["c@d"],"user":"u","password":"p"}}]"#,
    ] { #expect(try isAccepted(good), "\(good)") }
    for bad in [
      #"[{"slck":"https://h/x"}]"#, #"[{"slack":"https://h/x","on":"strat"}]"#,
      #"[{"slack":"https://h/x","onn":"start"}]"#, #"[{"email":{"url":"smtp://h"}}]"#,
    ] { #expect(try !isAccepted(bad), "\(bad)") }
  }
}
