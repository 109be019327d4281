import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `A step` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  private func apply(_ step: some Transform, to query: String) throws -> Transformed {
    try step.apply(to: bench.table(query), in: bench)
  }

  private func values(_ result: Transformed) throws -> [[String]] {
    try bench.query("FROM \(result.rows.sql)").map { $0.map(\.description) }
  }

  private func complaint(_ step: some Transform, about query: String) throws -> CatchmentError? {
    #expect(throws: CatchmentError.self) { try apply(step, to: query) }
  }

  // MARK: Names

  @Test(
    arguments: [
      .select(["naem"]), .rename(["naem": "x"]), .cast(["naem": "DATE"]),
      .normalise(["naem": [.trim]]), .mask(["naem": .redact]),
      .dropNulls(.anyField, in: ["naem"]), .sample(share: 0.5, by: ["naem"]),
      .aggregate(["n": .sum("naem")]),
    ] as [any Transform])
  func `says which column is not there, and which was meant`(step: any Transform) throws {
    let error = #expect(throws: CatchmentError.self) {
      try step.apply(to: bench.table("SELECT 'a' AS name, 1 AS n"), in: bench)
    }
    #expect(
      error?.description == """
        \(step.name): there is no column "naem"
          try: write "name"
        """)
    #expect(error?.code.exitCode == 5)
  }

  @Test func `finds columns whatever their case, and refuses two of one name`() throws {
    let result = try apply(.rename(["NAME": "title"]), to: "SELECT 'a' AS name, 1 AS n")
    #expect(result.rows.columns.map(\.name) == ["title", "n"])
    let error = try complaint(.rename(["name": "N"]), about: "SELECT 'a' AS name, 1 AS n")
    #expect(error?.message == "rename: two columns would be called \"n\"")
  }

  // MARK: drop_nulls

  @Test func `takes the least of the most frequent values, whatever their order`() throws {
    let rows = "SELECT unnest(['b', 'a', NULL, 'a', 'b', 'c']) AS v"
    for query in [rows, "\(rows) ORDER BY v", "\(rows) ORDER BY v DESC"] {
      let filled = try apply(.dropNulls(.fill(.mode)), to: query)
      #expect(try values(filled).filter { $0 == ["a"] }.count == 3)
    }
  }

  @Test func `fills only columns that can hold what it is told`() throws {
    let rows = "SELECT NULL::INTEGER AS n, NULL::VARCHAR AS text"
    #expect(try values(apply(.dropNulls(.fillWith("x")), to: rows)) == [["NULL", "x"]])
    let error = try complaint(.dropNulls(.fillWith("x"), in: ["n"]), about: rows)
    #expect(error?.message == "drop_nulls: the column n is INTEGER and cannot hold \"x\"")
    let mean = try complaint(.dropNulls(.fill(.mean), in: ["text"]), about: rows)
    #expect(mean?.message == "drop_nulls: the column text is VARCHAR and cannot have a mean")
  }

  // MARK: cast

  @Test(arguments: [
    ("2.5", "INTEGER", false), ("2.0", "INTEGER", true), ("9007199254740993", "BIGINT", true),
    ("300", "TINYINT", false), ("1e3", "INTEGER", true), ("", "INTEGER", false),
    ("2026-02-30", "DATE", false), ("yes", "BOOLEAN", true), ("maybe", "BOOLEAN", false),
  ])
  func `casts what fits and never rounds`(text: String, type: String, fits: Bool) throws {
    let result = try apply(
      .cast(["v": .init(type)]), to: "SELECT \(SQL.literal(text)) AS v")
    #expect(result.counts.passed == (fits ? 1 : 0))
    #expect(result.counts.deadLettered == (fits ? 0 : 1))
  }

  @Test func `says of which type there is none`() throws {
    let error = try complaint(.cast(["v": "NUMBRE"]), about: "SELECT 'a' AS v")
    #expect(error?.code == .configuration)
  }

  // MARK: normalise and mask

  @Test(arguments: [
    ("(415) 555-2671", "US", "+14155552671"), ("1-415-555-2671", "US", "+14155552671"),
    ("011 44 20 7946 0958", "US", "+442079460958"), ("06 12 34 56 78", "FR", "+33612345678"),
    ("06 698 12345", "IT", "+390669812345"), ("+41 44 668 18", "CH", nil), ("n/a", "CH", nil),
  ])
  func `writes phone numbers as E.164`(text: String, country: String, number: String?) throws {
    let step = Normalise.normalise(["v": [.phone(country)]], onError: .null)
    let result = try apply(step, to: "SELECT \(SQL.literal(text)) AS v")
    #expect(try values(result) == [[number ?? "NULL"]])
  }

  @Test func `masks without showing the key, and the same each time`() throws {
    let step = Mask.mask(["v": .token], key: "k3y it's")
    let rows = "SELECT unnest(['a', 'b', 'a', NULL]) AS v"
    let tokens = try values(apply(step, to: rows)).map { $0[0] }
    #expect(tokens[0] == tokens[2] && tokens[0] != tokens[1] && tokens[3] == "NULL")
    #expect(try values(apply(step, to: rows)).map { $0[0] } == tokens)
    #expect(
      tokens != (try values(apply(.mask(["v": .token], key: "other"), to: rows)).map { $0[0] }))
    let views = try bench.query("SELECT sql FROM duckdb_views() WHERE temporary")
    #expect(!views.description.contains("k3y") && !views.description.contains("6b3379"))
  }

  // MARK: lookup

  @Test(arguments: ["csv", "json", "parquet", "duckdb"])
  func `looks up in files of many formats`(format: String) throws {
    let folder = try TemporaryDirectory()
    let path = "\(folder.path)/names.\(format)"
    let names = "SELECT range AS id, 'name ' || range AS name FROM range(3)"
    if format == "duckdb" {
      try bench.execute("ATTACH '\(path)' AS f; CREATE TABLE f.names AS \(names); DETACH f")
    } else {
      try bench.execute("COPY (\(names)) TO '\(path)' (FORMAT \(format))")
    }
    let step = Lookup.lookup(path, table: "names", on: ["id": "id"], missing: .drop)
    let result = try apply(step, to: "SELECT unnest(['1', '2', 'x', NULL]) AS id")
    #expect(try values(result).sorted { $0[0] < $1[0] } == [["1", "name 1"], ["2", "name 2"]])
    #expect(result.counts == StepCounts(read: 4, filtered: 2, passed: 2))
  }

  @Test func `refuses to look up what stands there twice, and what is not there`() throws {
    let folder = try TemporaryDirectory()
    try folder.write("id,name\n1,a\n1,b\n", to: "names.csv")
    let path = "\(folder.path)/names.csv"
    let error = try complaint(.lookup(path, on: ["id": "id"]), about: "SELECT 1 AS id")
    #expect(error?.message == "lookup: 1 keys (id) stand in several rows of \(path)")
    #expect(error?.code.exitCode == 4)
    let none = try complaint(.lookup("/not/there.csv", on: ["id": "id"]), about: "SELECT 1 AS id")
    #expect(none?.code.exitCode == 6)
  }

  // MARK: contract

  @Test(arguments: [
    (Contract.Policy.quarantine, "BIGINT", ["1", "2"]), (.discard, "BIGINT", ["1", "2", "NULL"]),
    (.widen, "VARCHAR", ["1", "2", "x"]),
  ])
  func `does with misfits as was agreed`(
    policy: Contract.Policy, type: String, rows: [String]
  ) throws {
    let result = try apply(
      .contract(["v": .init("BIGINT", values: policy)]),
      to: "SELECT unnest(['1', '2', 'x']) AS v")
    #expect(try values(result).map { $0[0] } == rows)
    #expect(result.rows.columns.map(\.type.description) == [type])
    #expect(result.counts.isConserved && result.counts.deadLettered == 3 - rows.count)
  }

  @Test func `publishes nothing of what breaks a frozen contract, and says all that does`() throws {
    let step = Contract.contract(["v": "BIGINT", "w": "DATE"], values: .freeze)
    let error = try complaint(step, about: "SELECT unnest(['1', 'x', 'y']) AS v, 1 AS extra")
    #expect(
      error?.cause == "there is no w; extra was not agreed on; 2 rows have no BIGINT in v")
    #expect(error?.code.exitCode == 4)
    #expect(step.isGate)
  }

  // MARK: expect

  @Test func `says all that is not as expected`() throws {
    let step = Expect.expect(
      unique: ["id"], notNull: ["name"], values: ["id": .range(min: 0, max: 2)],
      conditions: ["id > 1 -- and no more"], mostRows: 3, fresh: ["at": "1 day"])
    let error = try complaint(
      step,
      about: """
        SELECT unnest([1, 1, 2, 3]) AS id, unnest(['a', NULL, 'b', 'c']) AS name,
          TIMESTAMP '2020-01-01' AS "at"
        """)
    #expect(
      error?.cause == """
        1 rows have no name; 1 rows have no fitting id; 2 rows break the condition \
        id > 1 -- and no more; 1 values of id stand in several rows; the newest at is 2020-01-01 \
        00:00:00, more than 1 day ago; there are 4 rows, and should be 3 at most
        """)
    #expect(error?.code.exitCode == 4)
  }

  // MARK: Many rows

  @Test func `adds up fractions exactly and the same on every thread`() throws {
    let bench = try Workbench(threads: 2)
    let rows = try bench.table("SELECT (range % 1000) / 100.0::DOUBLE AS v FROM range(1000000)")
    let step = Aggregate.aggregate(["total": .sum("v"), "mean": .avg("v")])
    let result = try step.apply(to: rows, in: bench)
    #expect(try bench.query("FROM \(result.rows.sql)") == [[4_995_000.0, 4.995]])
  }

  @Test func `samples by key, here and in another table`() throws {
    let step = Sample.sample(share: 0.1, by: ["id"], seed: 3)
    let some = try apply(step, to: "SELECT range % 5000 AS id FROM range(10000)")
    let others = try apply(step, to: "SELECT range AS id, 'x' AS text FROM range(5000)")
    let ids = Set(try values(some).map { $0[0] })
    #expect(ids == Set(try values(others).map { $0[0] }))
    #expect((400...600).contains(ids.count) && some.counts.passed == ids.count * 2)
  }

  @Test func `says how good a batch is`() throws {
    let step = QualityScore.qualityScore(
      columns: ["a", "b"], rules: ["a": .range(min: 0, max: 9)], weights: .init(consistency: 0))
    let result = try apply(step, to: "SELECT unnest([1, 20, NULL, 3]) AS a, 'x' AS b")
    #expect(
      result.measures == [
        StepMeasure("completeness", sum: 3.5, of: 4), StepMeasure("validity", sum: 2, of: 3),
        StepMeasure("score", sum: 3.0, of: 4),
      ])
  }
}
