import Foundation
import Testing

/// `catchment migrate --warehouse`, as a person uses it.
@Suite struct `The migration of a warehouse that follows a home` {
  @Test func `copies a SQLite file, takes it down, and the next import takes it up`() throws {
    let work = try Workplace()
    let url = "sqlite:\(work.path)/talks.db"
    _ = try work.run("import", work.transcripts, "--warehouse", url)
    let down = try work.run(
      "migrate", "down", "--to", "1.0.0", "--warehouse", url, "--json"
    ).object
    #expect(down["to"] as? String == "1.0.0")
    let copy = try #require(down["backup"] as? String)
    #expect(copy.hasPrefix("\(work.path)/talks-") && copy.hasSuffix(".db"))
    let older = try work.run("migrate", "status", "--warehouse", url, "--json").object
    #expect(older["version"] as? String == "1.0.0")
    let copied = try work.run("migrate", "status", "--warehouse", "sqlite:\(copy)", "--json").object
    #expect(copied["version"] as? String == copied["newest"] as? String)
    // The home's own tables are of the newest version all the time.
    #expect(try work.run("migrate", "up", "--json").object["from"] as? String != "1.0.0")
    #expect(try work.run("import", work.transcripts, "--warehouse", url).status == 0)
    let doctor = try work.run("doctor", "--warehouse", url, "--json").objects
    #expect(doctor.first { $0["check"] as? String == "follower" }?["verdict"] as? String == "ok")
    let newer = try work.run("migrate", "status", "--warehouse", url, "--json").object
    #expect(newer["version"] as? String == newer["newest"] as? String)
  }

  @Test(.enabled(if: Self.server != nil, "CATCHMENT_POSTGRESQL names no server"))
  func `asks for a dump of a PostgreSQL schema that is newer than its rows`() throws {
    let work = try Workplace()
    let server = try #require(Self.server)
    let schema = "migrated_\(UUID().uuidString.prefix(8).lowercased())"
    let url = "\(server)?schema=\(schema)"
    _ = try work.run("import", work.transcripts, "--warehouse", url)
    let down = ["migrate", "down", "--to", "1.2.0", "--home", work.home, "--warehouse", url]
    let refused = try Program.run(down)
    #expect(refused.status == 1 && refused.errors.contains("pg_dump --schema=\(schema)"))
    #expect(try Program.run(down + ["--dump", work.transcripts]).status == 1)

    let dump = "\(work.path)/talks.sql"
    let made = try Program.run(
      ["pg_dump", "--schema=\(schema)", "--file=\(dump)", server], of: "/usr/bin/env",
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    try #require(made.status == 0, "\(made.errors)")
    let done = try Program.run(down + ["--dump", dump, "--json"])
    #expect(done.object["backup"] as? String == dump, "\(done.errors)")
    #expect(done.object["to"] as? String == "1.2.0")

    _ = try work.run("import", work.transcripts, "--warehouse", url)
    let old = try Program.run(down + ["--dump", dump])
    #expect(old.status == 1 && old.errors.contains("older than the last publication"))
    #expect(try Program.run(down + ["--no-backup"]).status == 0)
  }

  private static let server = ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"]
}
