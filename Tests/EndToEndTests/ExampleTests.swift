import Foundation
import Testing

/// Every example of a pipeline comes to what is kept beside it.
@Suite struct `An example of a pipeline` {
  private static let examples = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples")

  /// The names of folders, each with a file that is called as it is.
  static let names: [String] = {
    let folder = examples.appending(path: "pipelines").path
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }()

  @Test func `is one of those that are listed`() throws {
    let page = try String(
      contentsOf: Self.examples.appending(path: "README.md"), encoding: .utf8)
    #expect(Self.names.count >= 12)
    for name in Self.names {
      #expect(page.contains("(pipelines/\(name)/\(name).yaml)"), "\(name) is not listed")
    }
  }

  @Test(arguments: names)
  func `gives the rows that are expected, and runs`(name: String) throws {
    let work = FileManager.default.temporaryDirectory.appending(path: "example-\(UUID())")
    defer { try? FileManager.default.removeItem(at: work) }
    try FileManager.default.copyItem(
      at: Self.examples.appending(path: "pipelines/\(name)"), to: work)
    let file = work.appending(path: "\(name).yaml").path
    let compared = try Program.run(["test", file])
    #expect(compared.status == 0, "\(compared.output)\(compared.errors)")
    let run = try Program.run(["run", file, "--home", "\(work.path)/home", "--json"])
    #expect([0, 3].contains(run.status), "\(run.output)\(run.errors)")
    for report in run.objects {
      let records = try #require(report["records"] as? [String: Int])
      let title = try #require(report["pipeline"] as? String)
      let expected = try String(
        contentsOf: work.appending(path: "\(name).expected/\(title).jsonl"), encoding: .utf8)
      #expect(records["loaded"] == expected.split(separator: "\n").count, "\(title)")
    }
  }
}
