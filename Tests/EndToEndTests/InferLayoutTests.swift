import Foundation
import Testing

@Suite struct `A layout that the infer command proposes` {
  private let work: Workplace

  init() throws { work = try Workplace() }

  private func write(_ lines: [String], to name: String) throws {
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: "\(work.path)/\(name)"))
  }

  /// Loads what the layout says of the file into CSV, without a word changed by hand.
  private func loaded(_ kind: String, _ file: String) throws -> [String] {
    let inferred = try work.run("infer", file, "--layout", "found.yaml")
    #expect(inferred.status == 0, "\(inferred.errors)")
    try write(
      [
        "version: 1", "name: found",
        "extract: { \(kind): { path: \(file), layout: found.yaml } }",
        "load: { csv: { path: out.csv } }",
      ], to: "found-pipeline.yaml")
    let run = try work.run("run", "found-pipeline.yaml", "--json")
    #expect(run.status == 0, "\(run.errors)")
    return try String(contentsOfFile: "\(work.path)/out.csv", encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  @Test func `of columns of fixed width reads the file that it was found in`() throws {
    let lines = (1...200).map { number in
      let name = ["Ada", "Grace", "Mary"][number % 3].padding(
        toLength: 12, withPad: " ", startingAt: 0)
      let digits = String(format: "%06d", number)
      let (day, amount) = (
        String(format: "%02d", number % 28 + 1), String(format: "%9.2f", Double(number) * 1.25)
      )
      return "\(digits) \(name) 03/\(day)/2026 \(amount) \(number % 2 == 0 ? "Y" : "N")"
    }
    try write(lines, to: "accounts.dat")
    let rows = try loaded("fixed_width", "accounts.dat")
    #expect(rows.count == 201)
    #expect(rows[1] == "000001,Grace,2026-03-02,1.25,false")
    #expect(rows[200] == "000200,Mary,2026-03-05,250.00,true")
  }

  @Test(arguments: ["\t", "|"])
  func `of columns with a mark between them reads the file that it was found in`(
    mark: String
  ) throws {
    let lines = (1...200).map { number in
      [
        String(format: "%06d", number), "Ada, of \(number)",
        "2026-03-\(String(format: "%02d", number % 28 + 1))",
      ]
    }
    try write(
      ([["acct", "owner", "seen"]] + lines).map { $0.joined(separator: mark) }, to: "accounts.txt")
    let rows = try loaded("delimited", "accounts.txt")
    #expect(rows.count == 201)
    #expect(rows[0] == "acct,owner,seen")
    #expect(rows[1] == "000001,\"Ada, of 1\",2026-03-02")
  }
}
