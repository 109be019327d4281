import Catchment
import CatchmentCatalogue
import CatchmentConnectors
import Testing

@testable import CatchmentEngine

@Suite struct `Whom a pipeline tells` {
  private func read(_ text: String) throws -> PipelineFile {
    try PipelineFile(YAML.read(text, file: "p.yaml"), named: "p.yaml")
  }

  private func complaint(_ lines: String) throws -> String {
    let error = #expect(throws: CatchmentError.self) {
      let file = try read(
        "version: 1\nname: a\nextract: { csv: x }\nload: { csv: { path: y } }\n\(lines)")
      _ = try file.pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml")
    }
    return error?.description ?? ""
  }

  @Test func `is the same after it is written and read`() throws {
    let pipeline = Pipeline("a").extract(.csv("/x")).load(.sqlite("/y", table: "t"))
      .notify(.slack("https://hooks.example.org/x"))
      .notify(.webhook("https://h/x", headers: .init(["A": SecretText("b")])), on: [.start])
      .notify(
        .email("smtp://h", from: "a@b", to: ["c@d"], user: "u", password: "p"),
        on: RunEvent.Kind.allCases
      )
      .notify(.command("/bin/page", "on", "12", "- x"))
    let definition = try PipelineDefinition(pipeline)
    let file = try read(YAML.write(PipelineFile([definition]).setting))
    #expect(file.pipelines == [definition])
    let again = try file.pipelines[0].pipeline(of: Catalogue.kinds, in: "p.yaml")
    #expect(try PipelineDefinition(again) == definition)
    #expect(again.receivers.map { $0.kinds.count } == [3, 1, 5, 3])
    #expect(
      again.receivers.last?.notifier as? CommandNotifier
        == CommandNotifier(["/bin/page", "on", "12", "- x"]))
    #expect(try again.refreshing().receivers.count == 4, "a full refresh tells the same")
  }

  @Test func `may be told of a whole file`() throws {
    let text = """
      version: 1
      notify: [{ slack: "https://h/x", on: start }]
      pipelines: [{ name: a, extract: { csv: x }, load: { csv: { path: y } } }]
      """
    let file = try read(text)
    #expect(file.notify.map(\.kinds) == [[.start]] && file.pipelines[0].notify.isEmpty)
    #expect(try read(YAML.write(file.setting)) == file)
  }

  @Test(arguments: [
    ("notify: x", "p.yaml:5:9: \"notify\" must be a list of receivers, not text", "- webhook:"),
    ("notify: [x]", "p.yaml:5:10: a receiver must name its kind", "- webhook:"),
    (
      "notify:\n  - webhok: https://h", "p.yaml:6:5: there is no receiver \"webhok\"",
      "write \"webhook\""
    ),
    (
      "notify:\n  - slack: https://h\n    onn: [start]", "p.yaml:7:5: a receiver has one kind",
      "write \"on\""
    ),
    (
      "notify:\n  - slack: https://h\n    on: [strat]",
      "p.yaml:7:10: \"on\" must be one of start, ",
      "did you mean \"start\"?"
    ),
    (
      "notify:\n  - slack: https://h\n    on: []", "p.yaml:7:9: \"on\" names nothing",
      "leave it out"
    ),
    (
      "notify:\n  - slack: { urll: https://h }", "p.yaml:6:14: slack has no option \"urll\"",
      "write \"url\""
    ),
    (
      "notify:\n  - slack: h/s3cret", "p.yaml:6:12: slack has a url that is none",
      "https://host/path"
    ),
    (
      "notify:\n  - email: { url: smtp://h, from: a@b }", "email needs the option \"to\"", ""
    ),
    (
      "notify:\n  - email: { url: smtp://h, from: a@b, to: c@d, user: u }",
      "email has one of user and password", ""
    ),
    ("notify:\n  - command: []", "p.yaml:6:14: command names no program", ""),
  ])
  func `is refused with the place and what was meant`(
    lines: String, message: String, hint: String
  ) throws {
    let said = try complaint(lines)
    #expect(said.contains(message) && said.contains(hint), "\(said)")
    #expect(!said.contains("s3cret"))
  }
}
