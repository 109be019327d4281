import Catchment
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `A schema that is inferred` {
  private let bench: Workbench

  init() throws { bench = try Workbench() }

  @Test func `keeps the contract`() throws {
    try TransformContract { _ in .inferSchema() }.check()
    try TransformContract(hasFixedColumns: false) { _ in .inferSchema(.cast) }.check()
    try TransformContract { _ in .inferSchema(sample: .rows(10)) }.check()
  }

  /// What a column of these texts is.
  private func column(_ texts: [String?], called name: String = "v") throws -> InferredColumn {
    let values = texts.map { $0.map(SQL.literal) ?? "NULL" }.joined(separator: ", ")
    let rows = try bench.table(
      "SELECT unnest([\(values)]::VARCHAR[]) AS \(SQL.identifier(name))")
    return try #require(try SchemaInference().infer(rows, in: bench).columns.first)
  }

  // MARK: Types

  @Test(arguments: [
    (["1", "-2", "+30"], "BIGINT"), (["1", "2.5"], "DECIMAL(18,1)"), (["1.25", "2.5"], "DOUBLE"),
    (["9.90", "12.00"], "DECIMAL(18,2)"), (["1e3", "2"], "DOUBLE"), (["inf", "2.5"], "DOUBLE"),
    (["12345678901234567890", "1"], "HUGEINT"), (["007", "12"], "VARCHAR"), (["0", "1"], "BIGINT"),
    (["true", "False"], "BOOLEAN"), (["y", "n"], "BOOLEAN"), (["a", "1"], "VARCHAR"),
    (["2026-02-28", "2024-02-29"], "DATE"), (["2026-02-30", "2026-02-28"], "VARCHAR"),
    (["2026-02-28 12:30:00", "2026-02-28 12:30:00.25"], "TIMESTAMP"),
    (["2026-02-28T12:30:00Z", "2026-02-28T12:30:00+02:00"], "TIMESTAMPTZ"),
    (["12:30", "23:59"], "TIME"), (["1.2.3", "4.5.6"], "VARCHAR"), (["", " "], "VARCHAR"),
    (["3f2504e0-4f89-41d3-9a0c-0305e82c3301"], "UUID"), (["1,5", "2,5"], "VARCHAR"),
  ])
  func `has the narrowest type that all values fit`(texts: [String], type: String) throws {
    let found = try column(texts)
    #expect(found.type == type)
    let cast = try InferSchemaCast.values(texts, found, in: bench)
    #expect(cast == texts.filter { !$0.allSatisfy { $0 == " " } }.count, "a cast refuses some")
  }

  @Test func `takes a type that nearly all fit, and says what does not`() throws {
    let found = try column((1...99).map { "\($0)" } + ["n/a"])
    #expect(found.type == "BIGINT")
    #expect(found.confidence == 0.946)
    #expect(
      found.evidence.map(\.text) == [
        "99 of 100 are whole numbers, such as 1, 2, 3", "1 of 100 are other text, such as n/a",
      ])
    #expect(
      try column((1...90).map { "\($0)" } + Array(repeating: "x", count: 10)).type == "VARCHAR")
  }

  @Test func `is the surer the more values there are`() throws {
    let few = try #require(try column(["1", "2"]).confidence)
    let many = try #require(try column((1...1000).map { "\($0)" }).confidence)
    #expect(few < 0.35 && many > 0.99)
    #expect(try column([nil, nil]).confidence == nil)
  }

  @Test(arguments: [
    (["31.12.2025", "1.1.2026"], "%d.%m.%Y"), (["12/31/2025", "01/01/2026"], "%m/%d/%Y"),
    (["31/12/2025", "01/01/2026"], "%d/%m/%Y"), (["1 Jan 2026", "24 Dec 2025"], "%d %b %Y"),
    (["January 1, 2026", "May 2, 2026"], "%B %d, %Y"),
    (["20251231", "20260101", "20260228"], "%Y%m%d"),
    (["31.12.2025 23:59", "1.1.2026 00:00"], "%d.%m.%Y %H:%M"),
  ])
  func `knows how dates are written`(texts: [String], format: String) throws {
    let found = try column(texts)
    #expect(found.formats == [format])
    let fitting = try InferSchemaCast.values(texts, found, in: bench)
    #expect(fitting == texts.count)
  }

  @Test func `says when nothing tells the day from the month`() throws {
    let found = try column(["01/02/2026", "03/04/2026"])
    #expect(found.type == "DATE")
    #expect(found.evidence.contains { $0.test.contains("nothing tells the day from the month") })
    let sure = try #require(try column(["01/02/2026", "13/04/2026"]).confidence)
    let unsure = try #require(found.confidence)
    #expect(unsure < sure)
  }

  @Test func `takes eight digits that are not all days for a number`() throws {
    #expect(try column(["20251231", "20260101", "20269999"]).type == "BIGINT")
  }

  // MARK: Kinds

  @Test(arguments: [
    (
      SemanticKind.email, ["ada@example.org", "z.b+c@mail.example.co.uk"],
      ["a@b", "@x.org", "a b@x.org"]
    ),
    (.url, ["https://example.org/a?b=c", "http://localhost:8080"], ["example.org", "https:// x"]),
    (
      .phone, ["+41 44 668 18 00", "(555) 123-4567", "+14155552671"],
      ["1234567", "2026-01-02", "10.0.0.1"]
    ),
    (.uuid, ["3F2504E0-4F89-41D3-9A0C-0305E82C3301"], ["3F2504E0-4F89-41D3-9A0C-0305E82C330"]),
    (
      .creditCard, ["4111 1111 1111 1111", "378282246310005", "5555555555554444"],
      ["4111 1111 1111 1112", "1111111111111117"]
    ),
    (
      .ssn, ["536-90-4399", "219-09-9999"],
      ["000-12-3456", "666-12-3456", "900-12-3456", "123-00-4567"]
    ),
    (
      .iban, ["CH93 0076 2011 6238 5295 7", "DE89370400440532013000"],
      ["DE89370400440532013001", "DE89"]
    ),
    (
      .isbn, ["0-306-40615-2", "978-0-306-40615-7", "080442957X"],
      ["0-306-40615-3", "9780306406158"]
    ),
    (.ipv4, ["10.0.0.1", "255.255.255.255"], ["256.1.1.1", "1.2.3", "1.2.3.4.5"]),
    (
      .ipv6, ["2001:db8::1", "::1", "fe80::", "::ffff:10.0.0.1", "1:2:3:4:5:6:7:8"],
      ["1::2::3", "12:30:15", "1:2:3:4:5:6:7:8:9", ":1:2"]
    ),
    (.coordinates, ["47.3769, 8.5417", "-33.9,151.2"], ["97.3, 8.5", "1,5"]),
  ])
  func `has a kind by what its values are`(
    kind: SemanticKind, good: [String], bad: [String]
  ) throws {
    for value in good {
      #expect(try column([value, value, value]).kind == kind, "\(value)")
    }
    for value in bad {
      #expect(try column([value, value, value]).kind != kind, "\(value)")
    }
  }

  @Test func `needs the name where values prove nothing`() throws {
    #expect(try column(["47.37", "-8.5"], called: "lat").kind == .latitude)
    #expect(try column(["47.37", "-8.5"], called: "shop_longitude").kind == .longitude)
    #expect(try column(["47.37", "-8.5"], called: "plate").kind == nil)
    #expect(try column(["CH", "DE", "IT"], called: "homeCountry").kind == .countryCode)
    #expect(try column(["CH", "DE", "IT"], called: "code").kind == nil)
    #expect(try column(["8001", "3000"], called: "ZIP code").type == "VARCHAR")
  }

  @Test func `takes numbers with a right check digit by chance for numbers`() throws {
    let ids = (0..<200).map { "\(4_111_111_111_111_111 + $0 * 977)" }
    let found = try column(ids, called: "id")
    #expect(found.kind == nil && found.type == "BIGINT")
  }

  @Test func `shows nothing of what is sensitive`() throws {
    let secrets = ["ada@example.org", "zoe@example.org", "ada.at.example.org"]
    for (texts, name) in [
      (secrets, "mail"), (["4111111111111111", "4111111111111112", "5555555555554444"], "card"),
      (["CH9300762011623852957", "unknown", "DE89370400440532013000"], "account"),
      (["536904399", "219099999"], "ssn"),
      (["note", "ada@example.org", "text", "words"], "remark"),
    ] {
      let found = try column(texts, called: name)
      let shown = "\(found.evidence) \(found.choices) \(found.least ?? "") \(found.greatest ?? "")"
      #expect(found.isSensitive)
      for text in texts { #expect(!shown.contains("\"\(text)\""), "\(name) shows \(text)") }
    }
  }

  // MARK: Facts

  @Test func `counts what is missing, distinct and least`() throws {
    let found = try column(["5", "10", nil, "", "5"])
    #expect(found.values == 3 && found.missing == 2 && found.distinct == 2)
    #expect(found.least == "5" && found.greatest == "10")
    #expect(found.isNullable && !found.isUnique)
    #expect(try column(["a", "b"]).isUnique)
  }

  @Test func `lists choices that repeat`() throws {
    let found = try column(Array(repeating: ["new", "paid", "sent"], count: 5).flatMap(\.self))
    #expect(found.choices == ["new", "paid", "sent"])
    #expect(try column((0..<50).map { "name \($0)" }).choices.isEmpty)
  }

  @Test func `keeps the types that the input has`() throws {
    let rows = try bench.table("SELECT 1::SMALLINT AS n, [1, 2] AS list, DATE '2026-01-02' AS day")
    let schema = try SchemaInference().infer(rows, in: bench)
    #expect(schema.columns.map(\.type) == ["SMALLINT", "INTEGER[]", "DATE"])
    #expect(!schema.columns.map(\.isDeclared).contains(false))
  }

  @Test func `looks at some rows, the same ones each time`() throws {
    let rows = try bench.table("SELECT range::VARCHAR AS n FROM range(50000)")
    let first = try SchemaInference(sample: .rows(1000)).infer(rows, in: bench)
    #expect(first.rows == 50000 && (800...1200).contains(first.looked))
    #expect(try SchemaInference(sample: .rows(1000)).infer(rows, in: bench) == first)
    #expect(try SchemaInference(sample: .all).infer(rows, in: bench).looked == 50000)
  }

  // MARK: Fixed width

  private func guess(_ lines: [String]) throws -> FixedWidthGuess {
    let values = lines.enumerated().map { "(\($0 + 1), \(SQL.literal($1)))" }
    return try FixedWidthGuess(
      bench.table("FROM (VALUES \(values.joined(separator: ", "))) AS v(line, text)"), in: bench)
  }

  @Test func `sees columns of fixed width by what is blank in all lines`() throws {
    let found = try guess([
      "ID   NAME        AMOUNT", "1    Ada            3.5", "22   Mary Smith    12.0",
      "333  Zoë          100.0",
    ])
    #expect(found.columns.map(\.name) == ["ID", "NAME", "AMOUNT"])
    #expect(found.columns.map(\.characters) == [1...5, 6...17, 18...23])
    #expect(found.skip == 1)
  }

  @Test func `sees columns of fixed width by letters after digits`() throws {
    let found = try guess(["001Ada  X7", "002Mary Z1", "003Zoë  Y8"])
    #expect(found.columns.map(\.characters) == [1...3, 4...8, 9...10])
    #expect(found.columns.map(\.name) == ["column_1", "column_2", "column_3"])
    #expect(found.skip == 0)
  }
}

/// What a cast makes of the texts, as the pipeline that starts from a schema does.
private enum InferSchemaCast {
  /// How many fit.
  static func values(
    _ texts: [String], _ column: InferredColumn, in bench: Workbench
  ) throws -> Int {
    let values = texts.filter { !$0.allSatisfy { $0 == " " } }.map(SQL.literal)
    let rows = try bench.table("SELECT unnest([\(values.joined(separator: ", "))]::VARCHAR[]) AS v")
    let schema = InferredSchema(rows: 0, looked: 0, columns: [column])
    return try schema.cast.apply(to: rows, in: bench).counts.passed
  }
}
