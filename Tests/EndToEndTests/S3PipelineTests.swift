import Foundation
import Testing

/// `catchment run` to a real S3 server and from there.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["CATCHMENT_S3"] != nil, "CATCHMENT_S3 names a server"))
struct `A pipeline to a server of objects` {
  private let work: Workplace
  private let prefix = "s3://catchment-tests/\(UUID().uuidString.lowercased())"

  init() throws { work = try Workplace() }

  private static func value(_ name: String) -> String {
    ProcessInfo.processInfo.environment[name] ?? ""
  }

  /// The server's settings as a pipeline has them; the secret is in the environment.
  private static let settings = """
    { endpoint: "\(value("CATCHMENT_S3"))", access_key: "${KEY}", secret_key: "${secret:s3}" }
    """

  private func file(_ name: String, extract: String, load: String) throws -> String {
    let path = "\(work.path)/\(name).yaml"
    try """
    version: 1
    name: \(name)
    extract: \(extract)
    load: \(load)
    """.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static let key = ["--set", "KEY=\(value("CATCHMENT_S3_ACCESS_KEY"))"]
  private static let secret = ["CATCHMENT_SECRET_S3": value("CATCHMENT_S3_SECRET_KEY")]

  private func run(
    _ command: String, _ file: String, secret: String? = nil
  ) throws -> Program.Outcome {
    try Program.run(
      [command, file, "--home", "\(work.path)/home", "--json"] + Self.key,
      environment: secret.map { ["CATCHMENT_SECRET_S3": $0] } ?? Self.secret)
  }

  /// What an object holds, as a pipeline of its own reads it.
  private func text(of object: String, as name: String) throws -> String {
    let back = try file(
      name, extract: "{ csv: { path: \"\(prefix)/\(object)\", s3: \(Self.settings) } }",
      load: "{ csv: { path: \(name).csv } }")
    let outcome = try run("run", back)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try String(contentsOfFile: "\(work.path)/\(name).csv", encoding: .utf8)
  }

  private func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(work.path)/\(name)"))
  }

  @Test func `takes files there and back, and what is unchanged stays where it is`() throws {
    for name in ["one", "two"] {
      try write("id,name\n1,\(name)\n", "\(name).csv")
      let file = try file(
        name, extract: "{ csv: { path: \(name).csv } }",
        load: "{ parquet: { path: \"\(prefix)/in/\(name).parquet\", s3: \(Self.settings) } }")
      let outcome = try run("run", file)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let back = try file(
      "back", extract: "{ parquet: { path: \"\(prefix)/in/*.parquet\", s3: \(Self.settings) } }",
      load: "{ csv: { path: back.csv } }")
    let plan = try run("plan", back)
    #expect(plan.status == 0, "\(plan.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/back.csv"))
    let first = try run("run", back)
    #expect(first.objects.first?["bytes_fetched"] as? Int ?? 0 > 0, "\(first.errors)")
    #expect(try run("run", back).objects.first?["bytes_fetched"] as? Int == 0)
    let text = try String(contentsOfFile: "\(work.path)/back.csv", encoding: .utf8)
    #expect(text == "id,name\n1,one\n1,two\n")
  }

  @Test func `takes back a run, and adds folders by the values of a column`() throws {
    let replaced = try file(
      "to", extract: "{ csv: { path: a.csv } }",
      load: "{ csv: { path: \"\(prefix)/out.csv\", s3: \(Self.settings) } }")
    for text in ["id\n1\n", "id\n2\n"] {
      try write(text, "a.csv")
      #expect(try run("run", replaced).status == 0)
    }
    #expect(try text(of: "out.csv", as: "two") == "id\n2\n")
    let undone = try Program.run(
      ["rollback", "last", "--of", replaced, "--home", "\(work.path)/home"] + Self.key,
      environment: Self.secret)
    #expect(undone.status == 0, "\(undone.errors)")
    #expect(try text(of: "out.csv", as: "one") == "id\n1\n")

    try write("id,kind\n1,a\n2,b\n3,a\n", "b.csv")
    let added = try file(
      "added", extract: "{ csv: { path: b.csv } }",
      load: """
        { csv: { path: "\(prefix)/added", mode: append, partition_by: [kind], s3: \(Self.settings) } }
        """)
    #expect(try run("run", added).status == 0)
    #expect(try text(of: "added/kind=a/*.csv", as: "kind") == "id\n1\n3\n")
  }

  @Test func `ends with the code of a wrong key, and tells it nowhere`() throws {
    try write("id\n1\n", "a.csv")
    let to = try file(
      "to", extract: "{ csv: { path: a.csv } }",
      load: "{ csv: { path: \"\(prefix)/a.csv\", s3: \(Self.settings) } }")
    let from = try file(
      "from", extract: "{ csv: { path: \"\(prefix)/a.csv\", s3: \(Self.settings) } }",
      load: "{ csv: { path: b.csv } }")
    for file in [to, from] {
      let outcome = try run("run", file, secret: "quite-wrong")
      #expect(outcome.status == 5, "\(outcome.errors)")
      #expect(!outcome.errors.contains("quite-wrong") && !outcome.output.contains("quite-wrong"))
      let said = outcome.output + outcome.errors
      #expect(said.contains("does not know this access key and secret"))
    }
  }
}
