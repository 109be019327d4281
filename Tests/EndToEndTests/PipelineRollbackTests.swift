import Foundation
import Testing

/// Runs of pipelines that the command takes back.
@Suite struct `Runs of a file's pipelines` {
  @Test func `are listed and taken back, one or all of a time`() throws {
    let work = try Workplace()
    try "id\n1\n2\n".write(
      toFile: "\(work.path)/a.csv", atomically: true, encoding: .utf8)
    let file = "\(work.path)/two.yaml"
    try """
    version: 1
    pipelines:
      - name: first
        extract: { csv: { path: a.csv } }
        load: { duckdb: { path: one.duckdb, table: t } }
      - name: second
        extract: { csv: { path: a.csv } }
        load: { sqlite: { path: two.db, table: t } }
    """.write(toFile: file, atomically: true, encoding: .utf8)
    #expect(try work.run("run", file).status == 0)
    let runs = try work.run("runs", "--of", file, "--json").output
    #expect(runs.contains("\"first\"") && runs.contains("\"second\""), "\(runs)")

    let planned = try work.run("rollback", "20", "--of", file, "--plan")
    #expect(planned.output.components(separatedBy: "would be rolled back: 2 loaded").count == 3)
    let undone = try work.run("rollback", "20", "--of", file)
    #expect(undone.status == 0, "\(undone.errors)")
    #expect(undone.output.components(separatedBy: "is rolled back: 2 loaded").count == 3)
    let again = try work.run("rollback", "last", "--of", file)
    #expect(again.status == 2)
    // The same files are then loaded as if nothing had been.
    #expect(try work.run("run", file, "--json").output.contains("\"loaded\":2"))
    #expect(try work.run("rollback", "last", "--of", file).status == 0)
  }
}
