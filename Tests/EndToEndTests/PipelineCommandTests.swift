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
    for bad in [
      good.replacing("\"csv\"", with: "\"cvs\""), good.replacing("\"path\"", with: "\"pth\""),
      good.replacing("merge", with: "mrge"), good.replacing("\"version\":1,", with: ""),
    ] {
      #expect(try !isAccepted(bad), "\(bad)")
    }
  }
}
