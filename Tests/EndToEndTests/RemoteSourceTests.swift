import Foundation
import Testing

/// `catchment run` over files on a real web server: the one that Python brings.
@Suite struct `A pipeline from a web server` {
  @Test func `fetches what is new and what changed, and nothing else`() throws {
    let work = try Workplace()
    let folder = "\(work.path)/served"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let data = URL(filePath: "\(folder)/people.csv")
    try Data("id,name\n1,Ada\n2,Zoe\n".utf8).write(to: data)
    let server = try FolderServer(folder)
    try #require(server.port > 0)
    let file = "\(work.path)/web.yaml"
    try """
    version: 1
    name: web
    extract: { csv: { path: "http://127.0.0.1:\(server.port)/people.csv" } }
    load: { csv: { path: out.csv } }
    """.write(toFile: file, atomically: true, encoding: .utf8)

    let plan = try Program.run(["plan", file, "--home", "\(work.path)/home"])
    #expect(plan.output.contains("/people.csv  new, 20 B,"), "\(plan.output)")
    #expect(plan.output.contains("header, to be fetched"), "\(plan.output)")
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/home"))
    let first = try run(file, work)
    #expect(first["bytes_fetched"] as? Int == 20)
    #expect(try run(file, work)["bytes_fetched"] as? Int == 0)
    try Data("id,name\n1,Ada\n2,Zoe\n3,Eva\n".utf8).write(to: data)
    #expect(try run(file, work)["bytes_fetched"] as? Int == 26)
    let text = try String(contentsOfFile: "\(work.path)/out.csv", encoding: .utf8)
    #expect(text == "id,name\n1,Ada\n2,Zoe\n3,Eva\n")
  }

  @Test func `is begun from a file that is looked at where it is`() throws {
    let work = try Workplace()
    let folder = "\(work.path)/served"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("id;name\n1;Ada\n2;Zoe\n".utf8).write(to: URL(filePath: "\(folder)/people.csv"))
    let server = try FolderServer(folder)
    try #require(server.port > 0)
    let url = "http://127.0.0.1:\(server.port)/people.csv"
    let file = "\(work.path)/web.yaml"
    let inferred = try Program.run(["infer", url, "-o", file])
    #expect(inferred.status == 0, "\(inferred.errors)")
    let text = try String(contentsOfFile: file, encoding: .utf8)
    #expect(text.contains(url) && text.contains("delimiter"), "\(text)")
    let plan = try Program.run(["plan", file, "--home", "\(work.path)/home"])
    #expect(plan.status == 0 && plan.output.contains("id BIGINT"), "\(plan.output)\(plan.errors)")
    let profile = try Program.run(["profile", url, "--json"])
    #expect(profile.status == 0, "\(profile.errors)")
  }

  private func run(_ file: String, _ work: Workplace) throws -> [String: Any] {
    let outcome = try Program.run(["run", file, "--home", "\(work.path)/home", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try #require(outcome.objects.first)
  }
}
