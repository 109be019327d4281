import Foundation
import Testing

@Suite struct `A file that is looked at` {
  private let work = FileManager.default.temporaryDirectory.appending(path: "infer-\(UUID())")

  private func file(_ name: String, _ text: String) throws -> String {
    try FileManager.default.createDirectory(at: work, withIntermediateDirectories: true)
    let file = work.appending(path: name)
    try text.write(to: file, atomically: true, encoding: .utf8)
    return file.path
  }

  private func run(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(arguments + ["--home", "\(work.path)/home"])
  }

  private static let orders = """
    id;mail;zip;paid;ordered
    1;ada@example.org;01067;12.50;24.12.2025
    2;zoe@example.org;08001;7.00;31.12.2025
    3;;03000;9.95;2.1.2026

    """

  @Test func `says types and kinds with their evidence`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let outcome = try run("infer", try file("orders.csv", Self.orders), "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let columns = try #require(outcome.object["columns"] as? [[String: Any]])
    #expect(
      columns.map { $0["type"] as? String }
        == ["BIGINT", "VARCHAR", "VARCHAR", "DECIMAL(18,2)", "DATE"])
    #expect(columns[1]["kind"] as? String == "email" && columns[1]["missing"] as? Int == 1)
    #expect(columns[4]["formats"] as? [String] == ["%d.%m.%Y"])
    #expect(!outcome.output.contains("ada@"))
  }

  @Test(arguments: ["orders.csv", "a b ${x} 'c'.csv"])
  func `gives a pipeline that is valid and runs`(name: String) throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let (data, pipeline) = (try file(name, Self.orders), "\(work.path)/orders.yaml")
    #expect(try run("infer", data, "-o", pipeline, "--quiet").status == 0)
    let valid = try run("validate", pipeline)
    #expect(valid.status == 0, "\(valid.errors)")
    let outcome = try run("run", pipeline, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let records = try #require(outcome.objects.first?["records"] as? [String: Int])
    #expect(records["read"] == 3 && records["loaded"] == 3)
    let again = try run("infer", data, "-o", pipeline)
    #expect(again.status != 0 && again.errors.contains("is there already"))
  }

  @Test func `loads what a later file has wrong as dead letters`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let (data, pipeline) = (try file("orders.csv", Self.orders), "\(work.path)/orders.yaml")
    #expect(try run("infer", data, "-o", pipeline).status == 0)
    _ = try file("orders.csv", Self.orders + "4;x;9000;much;3.1.2026\n")
    let outcome = try run("run", pipeline, "--json")
    #expect(outcome.status == 3)
    let records = try #require(outcome.objects.first?["records"] as? [String: Int])
    #expect(records["loaded"] == 3 && records["dead_lettered"] == 1)
  }

  @Test func `is cut into columns where all lines have them`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    let data = try file(
      "accounts.dat",
      "NO   NAME        SUM\n1    Ada           7\n22   Mary Ann     12\n333  Bo          100\n")
    let pipeline = "\(work.path)/accounts.yaml"
    #expect(try run("infer", data, "-o", pipeline).status == 0)
    let outcome = try run("run", pipeline, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let records = try #require(outcome.objects.first?["records"] as? [String: Int])
    #expect(records["read"] == 3 && records["loaded"] == 3)
  }

  @Test(arguments: [["nothing.csv"], ["unknown.xyz"], ["x.csv", "--sample", "0"]])
  func `is told wrong with what to do`(arguments: [String]) throws {
    let outcome = try Program.run(["infer"] + arguments)
    #expect([2, 6].contains(outcome.status), "\(outcome.status) \(outcome.errors)")
    #expect(!outcome.errors.isEmpty)
  }

  @Test func `is one of several, and all of them are looked at`() throws {
    defer { try? FileManager.default.removeItem(at: work) }
    _ = try file("part-1.csv", "id,n\n1,7\n2,8\n")
    _ = try file("part-2.csv", "id,n\n3,some\n4,words\n5,here\n")
    let outcome = try run("infer", "\(work.path)/part-*.csv")
    #expect(outcome.output.contains("5 rows") && outcome.output.contains("2 files"))
    let json = try run("infer", "\(work.path)/part-*.csv", "--json")
    let columns = try #require(json.object["columns"] as? [[String: Any]], "\(json.errors)")
    #expect(columns.map { $0["type"] as? String } == ["BIGINT", "VARCHAR"])
  }
}
