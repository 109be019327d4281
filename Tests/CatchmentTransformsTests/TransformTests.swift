import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `A transform` {
  private static func numbers(_ bench: Workbench) throws -> Relation {
    try bench.table("SELECT range AS n FROM range(10)")
  }

  // MARK: filter

  @Test func `filter keeps the contract`() throws {
    try TransformContract { Filter("\(SQL.identifier($0)) % 3 = 0") }.check()
    try TransformContract { _ in Filter("true") }.check()
    try TransformContract { _ in Filter("NULL") }.check()
  }

  @Test func `filter lets pass what is true, and counts the rest`() throws {
    let bench = try Workbench()
    let step = try Filter("input.n > 6 OR NULL -- and no more")
      .apply(to: Self.numbers(bench), in: bench)
    #expect(step.counts == StepCounts(read: 10, filtered: 7, passed: 3))
    #expect(try bench.query("SELECT list(n)::VARCHAR FROM \(step.rows.sql)") == [["[7, 8, 9]"]])
  }

  @Test(arguments: ["nothing > 1", "n >", "n > 1) OR (1 = 1", "n; DROP TABLE x"])
  func `filter refuses a condition that is none`(condition: String) throws {
    let bench = try Workbench()
    let input = try Self.numbers(bench)
    if condition.contains(") OR (") {
      // Two conditions that read as one are one.
      #expect(try Filter(condition).apply(to: input, in: bench).counts.passed == 10)
    } else {
      let error = #expect(throws: CatchmentError.self) {
        try Filter(condition).apply(to: input, in: bench)
      }
      #expect(error?.code == .configuration)
      #expect(error?.message.hasPrefix("the SQL of a step is wrong: ") == true)
    }
  }

  // MARK: sql

  @Test func `sql keeps the contract`() throws {
    try TransformContract { column in
      let name = SQL.identifier(column)
      return SQLTransform("SELECT \(name), count(*) AS rows FROM input GROUP BY \(name)")
    }.check()
    try TransformContract { column in
      SQLTransform("SELECT input.*, unnest([1, 2]) AS part FROM input -- twice")
    }.check()
    try TransformContract { _ in SQLTransform("FROM input") }.check()
  }

  @Test func `sql counts rows that it draws together and rows that it makes`() throws {
    let bench = try Workbench()
    let input = try Self.numbers(bench)
    let fewer = try SQLTransform("SELECT sum(n) AS total FROM input").apply(to: input, in: bench)
    #expect(fewer.counts == StepCounts(read: 10, filtered: 9, passed: 1))
    #expect(fewer.rows.columns == [.init("total", .hugeint)])
    let more = try SQLTransform("SELECT n, unnest([1, 2, 3]) AS part FROM input")
      .apply(to: input, in: bench)
    #expect(more.counts == StepCounts(read: 10, made: 20, passed: 30))
  }

  @Test func `sql says where its query is wrong`() throws {
    let bench = try Workbench()
    let input = try Self.numbers(bench)
    let error = #expect(throws: CatchmentError.self) {
      try SQLTransform("SELECT x FROM input").apply(to: input, in: bench)
    }
    #expect(error?.description.contains(#"Referenced column "x" not found"#) == true)
    #expect(error?.hint == "correct it; the rows it is given are called input")
  }

  // MARK: The contract

  /// Each breaks one promise.
  private struct Faulty: Transform {
    var fault: String
    var name: String { "faulty" }

    func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed {
      var query = "SELECT * FROM \(input.sql)"
      if fault == "random" { query += " WHERE random() < 0.5" }
      var step = try Transformed(of: input, as: query, in: bench)
      switch fault {
      case "miscounts": step.counts.filtered += 1
      case "miscounts what passes":
        step.counts.passed += 1
        step.counts.made += 1
      case "misses rows": step.counts.read -= 1
      case "writes": try bench.execute("DELETE FROM \(input.sql)")
      default: break
      }
      return step
    }
  }

  @Test(arguments: ["miscounts", "miscounts what passes", "misses rows", "writes", "random"])
  func `the contract finds one that breaks it`(fault: String) throws {
    #expect(throws: TestFailure.self) {
      try TransformContract { _ in Faulty(fault: fault) }.check()
    }
  }

  @Test func `the contract finds a name that is not quoted`() throws {
    #expect(throws: CatchmentError.self) { try TransformContract { Filter("\($0) > 1") }.check() }
  }

  /// The example of the page on adding a transform.
  private struct Tally: Transform {
    let column: String
    var name: String { "tally" }

    func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed {
      let name = SQL.identifier(column)
      return try Transformed(
        of: input, as: "SELECT \(name), count(*) AS rows FROM \(input.sql) GROUP BY \(name)",
        in: bench)
    }
  }

  @Test func `the page's example keeps the contract`() throws {
    try TransformContract { Tally(column: $0) }.check()
  }

  // MARK: The workbench

  @Test func `a checksum does not depend on the order of rows, but on how many there are`() throws {
    let bench = try Workbench()
    let rows = try Self.numbers(bench)
    let backwards = try bench.view("SELECT * FROM \(rows.sql) ORDER BY n DESC")
    let twice = try bench.view("FROM \(rows.sql) UNION ALL FROM \(rows.sql)")
    #expect(try bench.checksum(rows) == bench.checksum(backwards))
    #expect(try bench.checksum(rows) != bench.checksum(twice))
    #expect(rows.columns == [.init("n", .bigint)])
  }

  @Test(arguments: ["plain", #"a "b""#, "it's", "select", ""])
  func `a name and a text come out of SQL as they went in`(text: String) throws {
    let bench = try Workbench()
    if !text.isEmpty {
      let relation = try bench.view("SELECT 1 AS \(SQL.identifier(text))")
      #expect(relation.columns.map(\.name) == [text])
      #expect(try bench.query("SELECT \(relation.columnList) FROM \(relation.sql)").count == 1)
    }
    #expect(try bench.query("SELECT \(SQL.literal(text))") == [[.text(text)]])
  }
}
