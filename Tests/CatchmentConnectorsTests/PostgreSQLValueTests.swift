import Catchment
@testable import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Testing

@Suite struct `A PostgreSQL URL` {
  @Test(arguments: [
    (
      "postgresql://me:p%40ss@db.example.org:5433/team?schema=talks&sslmode=require",
      "postgresql://me@db.example.org:5433/team?schema=talks&sslmode=require",
      "postgresql://me:p%40ss@db.example.org:5433/team?sslmode=require"
    ),
    (
      "postgresql:///team?host=/tmp&password=s3cret&adopt=yes", "postgresql:///team?host=/tmp",
      "postgresql:///team?host=/tmp&password=s3cret"
    ),
    // A password that is badly written must not show either.
    (
      "postgres://me:a/b@c@host/team", "postgres://me@host/team", "postgres://me:a/b@c@host/team"
    ),
    ("postgresql://localhost", "postgresql://localhost", "postgresql://localhost"),
  ])
  func `is shown without its password`(url: String, shown: String, connection: String) throws {
    let parsed = try PostgreSQLURL(url)
    #expect(parsed.shown == shown)
    #expect(parsed.connection == connection)
  }

  @Test func `hides its password in what the library says`() throws {
    let url = try PostgreSQLURL("postgresql://me:p%40ss@host/team")
    #expect(url.scrubbed("bad: p%40ss and p@ss") == "bad: *** and ***")
  }

  @Test func `names a schema`() throws {
    #expect(try PostgreSQLURL("postgresql://host/x").schema == "public")
    #expect(try PostgreSQLURL("postgresql://host/x?schema=a%22b").schema == "a\"b")
    #expect(throws: CatchmentError.self) { try PostgreSQLURL("postgresql://host/x?schema=") }
    #expect(throws: CatchmentError.self) { try PostgreSQLURL("postgresql://host/x?adopt=perhaps") }
  }
}

@Suite struct `JSON for PostgreSQL` {
  @Test(arguments: [
    (#"{"a":"b\\u0000"}"#, #"{"a":"b\\u0000"}"#),
    (#"{"a\u0000":"\u0000"}"#, "{\"a␛0\":\"␛0\"}"),
    (#""half \ud83d, pair \ud83d\ude00""#, "\"half ␛ud83d, pair \\ud83d\\ude00\""),
    (#""\ude00 alone""#, "\"␛ude00 alone\""),
    ("\"␛ and \\u241b\"", "\"␛␛ and ␛␛\""),
    ("[1,-0.5,1e300,1.50]", "[1,-0.5,1e300,1.50]"),
    (#"{"n":1e9999,"t":"\"␛"}"#, #"{"␛":"{\"n\":1e9999,\"t\":\"\\\"␛␛\"}"}"#),
    ("", ""),
  ])
  func `is escaped where it would be refused or changed`(json: String, expected: String) {
    var bytes: [UInt8] = []
    Array(json.utf8).withUnsafeBytes { PostgreSQLText.append(json: $0, to: &bytes) }
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }
}

@Suite(.enabled(if: PostgreSQLServer.isThere, "CATCHMENT_POSTGRESQL names no server"))
struct `A PostgreSQL table` {
  /// Values at the ends of their types, and lists with nothing in them.
  private static let rows = """
    SELECT * FROM (VALUES
      (true, (-2147483648)::INTEGER, 9223372036854775807, 18446744073709551615::UBIGINT, 'NaN'::DOUBLE,
        'a' || chr(0) || '␛', '{"k":[1,"\\u0000"]}'::JSON, '00000000-0000-0000-0000-00000000000f'::UUID,
        'infinity'::DATE, TIMESTAMPTZ '2026-03-01 10:00:00.123456+00', ['a,b', NULL, '"', ''],
        []::UUID[], 1::BIGINT),
      (false, NULL, NULL, 0::UBIGINT, '-infinity'::DOUBLE, '', 'null'::JSON, NULL,
        DATE '0001-01-01', '-infinity'::TIMESTAMPTZ, []::VARCHAR[],
        ['00000000-0000-0000-0000-00000000000f'::UUID], 2),
      (NULL, 0, -1, 10000::UBIGINT, 0.1, 'é🙂', NULL, NULL, NULL,
        '290000-01-01 (BC)'::TIMESTAMPTZ, NULL, NULL, 3))
    t(flag, small, large, huge, fraction, words, json, id, day, instant, texts, ids, row_hash)
    """

  @Test func `holds every value of every type`() throws {
    let server = PostgreSQLServer()
    let connection = try Database().connect()
    let result = try connection.query(Self.rows)
    let columns = zip(result.columnNames, result.columnTypes).dropLast()
      .map { FollowerTable.Column($0, $1) }
    for column in columns {
      #expect(FollowerTable.portableTypes.contains(column.type), "\(column)")
    }
    let table = FollowerTable("values", columns: Array(columns))
    let session = try PostgreSQLFollower(url: server.url()).connect()
    defer { session.close() }
    try session.begin()
    try session.prepare([table])
    let count = try session.write(
      { () throws(CatchmentError) in
        do throws(DuckDBError) { return try result.next() } catch {
          throw CatchmentError(.failed, error.message)
        }
      }, to: table)
    #expect(count == 3)
    try session.commit(Publication(["publication": "1"]))
    let found = try server.rows(
      """
      SELECT flag, small, large, huge, fraction, words, json, id, day, instant, texts, ids
      FROM "values" ORDER BY row_hash
      """)
    #expect(
      found == [
        [
          "t", "-2147483648", "9223372036854775807", "18446744073709551615", "NaN", "a␛0␛␛",
          #"{"k": [1, "␛0"]}"#, "00000000-0000-0000-0000-00000000000f", "infinity",
          "2026-03-01 10:00:00.123456+00", #"{"a,b",NULL,"\"",""}"#, "{}",
        ],
        [
          "f", nil, nil, "0", "-Infinity", "", "null", nil, "0001-01-01", "-infinity", "{}",
          "{00000000-0000-0000-0000-00000000000f}",
        ],
        [nil, "0", "-1", "10000", "0.1", "é🙂", nil, nil, nil, "-infinity", nil, nil],
      ])
  }
}
