import Testing

@Suite struct `The sql command` {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.importAll()
  }

  @Test func `prints a table`() throws {
    let outcome = try place.run("sql", "SELECT 1 AS n, NULL::VARCHAR AS nothing, 'tulip' AS name")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "n  nothing  name\n─  ───────  ─────\n1  NULL     tulip\n")
    #expect(outcome.errors == "(1 row)\n")
  }

  @Test func `prints CSV with the line ends of a shell`() throws {
    let query = "SELECT 'a,b' AS x, 'say \"hi\"' AS y, NULL AS z, '' AS w"
    let outcome = try place.run("sql", query, "--format", "csv")
    #expect(outcome.output == "x,y,z,w\n\"a,b\",\"say \"\"hi\"\"\",,\"\"\n")
  }

  @Test func `prints typed JSON`() throws {
    let query = "SELECT 1 AS n, 1.50 AS d, true AS b, NULL AS z, [1, 2] AS l, {'k': 'v'} AS s"
    let expected = #"{"n":1,"d":1.50,"b":true,"z":null,"l":[1,2],"s":{"k":"v"}}"#
    #expect(try place.run("sql", query, "--format", "json").output == "[\n\(expected)\n]\n")
    #expect(try place.run("sql", query, "--format", "jsonl").output == "\(expected)\n")
    #expect(try place.run("sql", "SELECT 1 WHERE false", "--format", "json").output == "[]\n")
  }

  @Test func `prints what is JSON as JSON`() throws {
    let query = """
      SELECT '{"a": [1, null]}'::JSON AS j, ['"x"'::JSON] AS l, {'k': 'true'::JSON} AS s,
        NULL::JSON AS z, '{"a": 1}' AS t
      """
    let expected = #"{"j":{"a": [1, null]},"l":["x"],"s":{"k":true},"z":null,"t":"{\"a\": 1}"}"#
    #expect(try place.run("sql", query, "--format", "jsonl").output == "\(expected)\n")
    let content = "SELECT content FROM messages WHERE role = 'assistant' LIMIT 1"
    let rows = try place.run("sql", content, "--format", "json").objects
    #expect(rows.first?["content"] is [[String: Any]])
  }

  @Test func `reads statements from stdin`() throws {
    let outcome = try place.run(
      "sql", "-", "--format", "csv", "--quiet", input: "SELECT 1 AS a; SELECT 2 AS b;")
    #expect(outcome.output == "a\n1\nb\n2\n")
  }

  @Test(arguments: [
    "DROP TABLE messages", "DELETE FROM messages", "CREATE TABLE t (i INTEGER)",
    "COPY messages TO '/tmp/never.csv'", "ATTACH ':memory:' AS other",
    "EXPLAIN ANALYZE SELECT 1", "SELECT 1; UPDATE messages SET role = 'x'",
  ])
  func `refuses what changes something`(statement: String) throws {
    let outcome = try place.run("sql", statement)
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("refused: "))
    #expect(outcome.errors.contains("--write"))
  }

  @Test func `changes something when told to`() throws {
    let outcome = try place.run("sql", "--write", "CREATE TABLE notes AS SELECT 1 AS n")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let count = try place.run("sql", "SELECT count(*) AS c FROM notes", "--format", "csv")
    #expect(count.output == "c\n1\n")
  }

  @Test func `says where an error is`() throws {
    let outcome = try place.run("sql", "SELECT nothing_such FROM messages")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("line 1, column 8"))
    #expect(outcome.errors.contains("nothing_such"))
  }

  @Test func `shows control characters as escapes`() throws {
    let outcome = try place.run("sql", "SELECT chr(27) || '[2J' AS x")
    #expect(outcome.output.contains("\\x1b[2J"))
    #expect(!outcome.output.contains("\u{1B}"))
  }

  @Test func `says that there is no warehouse yet`() throws {
    let empty = try Workplace()
    let outcome = try empty.run("sql", "SELECT 1")
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("catchment import"))
  }
}
