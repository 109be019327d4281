import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `Fuzzy de-duplication` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func survivors(_ step: Deduplicate, of names: [String]) throws -> [String] {
    let list = names.map(SQL.literal).joined(separator: ", ")
    let input = try bench.table("SELECT unnest([\(list)]) AS name")
    let rows = try step.apply(to: input, in: bench).rows
    return try bench.query("FROM \(rows.sql)").map { $0[0].description }
  }

  @Test(arguments: [Comparator.exact, .name, .text, .date, .number])
  func `keeps the contract, however columns are compared`(comparator: Comparator) throws {
    try TransformContract {
      .deduplicate(matching: [$0: comparator, "text": .text], blocks: [[$0]], cluster: "c")
    }.check()
  }

  @Test func `keeps the contract with MinHash, with columns that must agree, and when it flags`()
    throws
  {
    try TransformContract {
      .deduplicate(
        matching: [$0: .exact], similar: [$0, "text"], mustAgree: [$0], .merge)
    }.check()
    try TransformContract {
      .deduplicate(
        matching: ["text": .text], blocks: [[$0], ["text"]], cluster: "c", action: .flag)
    }.check()
  }

  @Test func `finds by MinHash what no block has in common, and keeps apart what differs`() throws {
    let step: Deduplicate = .deduplicate(
      matching: ["name": .text], similar: ["name"], threshold: 0.3)
    let names = [
      "Grand Hotel Europe, Lucerne", "Grand Hotel Europa, Lucerne", "Railway Museum of Zurich",
    ]
    #expect(try survivors(step, of: names) == [names[0], names[2]])
  }

  @Test func `takes rows that are alike in every column for the same, whatever is compared`() throws
  {
    let step: Deduplicate = .deduplicate(matching: ["name": .exact], blocks: [["name"]])
    #expect(try survivors(step, of: ["", "x", "", "x"]) == ["", "x"])
  }

  @Test func `joins what is linked only through another row`() throws {
    let input = try bench.table(
      """
      SELECT * FROM (VALUES (1, 'ann lee', 'a@x', NULL), (2, 'ann lee', 'a@x', '1'),
        (3, 'ann lee', NULL, '1'), (4, 'zoe kim', NULL, '2')) v(id, name, mail, phone)
      """)
    let step: Deduplicate = .deduplicate(
      matching: ["name": .name, "mail": .exact, "phone": .exact], blocks: [["mail"], ["phone"]],
      cluster: "c", action: .flag)
    let rows = try step.apply(to: input, in: bench).rows
    let clusters = try bench.query(
      "SELECT list(id ORDER BY id)::VARCHAR FROM \(rows.sql) GROUP BY c ORDER BY 1")
    #expect(clusters == [["[1, 2, 3]"], ["[4]"]])
  }

  @Test func `keeps people with the same name and different birth dates apart`() throws {
    let input = try bench.table(
      "SELECT 'Ann Lee' AS name, 'a@x' AS mail, unnest(['1950-01-02', '1981-07-30']) AS born")
    let step: Deduplicate = .deduplicate(
      matching: ["name": .name, "mail": .exact, "born": .date], blocks: [["mail"]],
      mustAgree: ["born"])
    #expect(try step.apply(to: input, in: bench).counts.passed == 2)
  }

  @Test func `gives a row that could be of two people to one of them, and never joins the two`()
    throws
  {
    let input = try bench.table(
      """
      SELECT * FROM (VALUES (1, 'Ann Lee', 'a@x', '1'), (2, 'Zoe Kim', 'a@x', '1'),
        (3, NULL, 'a@x', '1')) v(id, name, mail, phone)
      """)
    let step: Deduplicate = .deduplicate(
      matching: ["name": .name, "mail": .exact, "phone": .exact], blocks: [["mail"]],
      mustAgree: ["name"])
    let rows = try step.apply(to: input, in: bench).rows
    #expect(try bench.query("SELECT list(id)::VARCHAR FROM \(rows.sql)") == [["[1, 2]"]])
  }

  @Test func `does not compare all rows of a large block`() throws {
    let input = try bench.table("SELECT 'Ann' AS name, range AS n FROM range(50000)")
    let step: Deduplicate = .deduplicate(matching: ["name": .name], blocks: [["name"]])
    #expect(try step.apply(to: input, in: bench).counts.filtered == 0)
  }

  @Test func `says that a column that must agree is not compared`() throws {
    let error = #expect(throws: CatchmentError.self) {
      try survivors(
        .deduplicate(matching: ["name": .name], similar: ["name"], mustAgree: ["born"]), of: ["a"])
    }
    #expect(error?.code == .configuration)
  }

  @Test(
    arguments: [
      (["match": ["a": "name"]], "needs block or similar, which say what rows are compared"),
      (["threshold": 2], "needs match, the columns to compare"),
      (
        ["match": ["a": "name"], "similar": "a", "threshold": 2],
        "has a threshold that is not from 0 to 1"
      ),
      (
        ["match": ["a": "name"], "similar": "a", "keys": "a"],
        "has both keys and match, of which only one can be"
      ),
    ] as [([String: any Sendable], String)])
  func `refuses options that do not fit`(options: [String: any Sendable], message: String) throws {
    let entries = try options.map { name, value in
      switch value {
      case let text as String: Setting.Entry(name, text.setting)
      case let number as Int: Setting.Entry(name, number.setting)
      case let map as [String: String]:
        Setting.Entry(name, Setting(.map(map.map { Setting.Entry($0.key, $0.value.setting) })))
      default: throw TestFailure("an option of another type")
      }
    }
    let error = #expect(throws: CatchmentError.self) {
      try Deduplicate(Setting(.map(entries)), in: "a.yaml")
    }
    #expect(error?.message == "deduplicate \(message)")
  }

  @Test func `says how many blocks were too large to be compared, and of how many rows`() throws {
    let input = try bench.table("SELECT 'x' AS city, range::VARCHAR AS name FROM range(150)")
    let step: Deduplicate = .deduplicate(matching: ["name": .text], blocks: [["city"]])
    let measures = try step.apply(to: input, in: bench).measures
    #expect(measures.map(\.name) == ["blocks_too_large", "rows_in_them"])
    #expect(measures.map(\.sum) == [1, 150])
    let few = try bench.table("SELECT 'x' AS city, range::VARCHAR AS name FROM range(50)")
    #expect(try step.apply(to: few, in: bench).measures.isEmpty)
  }
}
