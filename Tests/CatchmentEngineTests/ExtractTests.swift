import Catchment
import CatchmentTesting
import DuckDB
import GRDB
import Testing

@testable import CatchmentEngine

/// Files are cut into records as their source says, packed or not.
@Suite("A unit")
struct ExtractTests {
  private let files: TemporaryDirectory

  init() throws { files = try TemporaryDirectory() }

  // MARK: Framing

  @Test(arguments: [
    ("[]", []),
    ("[1, 2 ,\n 3]", ["1", "2", "3"]),
    (#"[{"a":[1,{"b":"],}"}]} , "x,]\"[" ]"#, [#"{"a":[1,{"b":"],}"}]}"#, #""x,]\"[""#]),
    (#"{"a":1}"#, [#"{"a":1}"#]),
    (#"[{"a":1},{"b":"#, [#"{"a":1}"#, #"{"b":"#]),
    ("[1] trailing", ["1", "trailing"]),
    ("\u{FEFF}[1,2]", ["1", "2"]),
    ("  ", []),
  ])
  func `is cut into the elements of its array`(text: String, elements: [String]) throws {
    #expect(try records(of: text, framing: .elements) == elements)
  }

  @Test func `is one record when it is a document`() throws {
    #expect(try records(of: " \n{\"a\":\n1}\n ", framing: .document) == ["{\"a\":\n1}"])
    #expect(try records(of: "", framing: .document) == [])
  }

  // MARK: Packed files

  @Test(arguments: ["zst", "gz"]) func `is unpacked when it is compressed`(ending: String) throws {
    let path = "\(files.path)/lines.jsonl.\(ending)"
    let codec = ending == "zst" ? "zstd" : "gzip"
    let connection = try Database().connect()
    try connection.execute(
      """
      COPY (SELECT i AS n FROM range(3) t(i)) TO '\(path)' (FORMAT json, COMPRESSION \(codec))
      """)
    #expect(try records(at: path, framing: .lines) == [#"{"n":0}"#, #"{"n":1}"#, #"{"n":2}"#])
  }

  @Test func `is read member by member when it is a ZIP`() throws {
    let zip = StoredZIP(members: [
      ("a/conversations.json", "[1,2]"), ("photo.dat", "no"), ("../../conversations.json", "[3]"),
    ])
    try files.write(zip.bytes, to: "export.zip")
    #expect(
      try records(at: "\(files.path)/export.zip", framing: .elements) {
        $0.hasSuffix("conversations.json")
      }
        == ["1", "2", "3"])
  }

  /// The end is missing, or a byte is not the one that the checksum is of.
  @Test(arguments: [true, false]) func `says when it cannot be unpacked`(isCut: Bool) throws {
    var zip = StoredZIP(members: [("conversations.json", "[1,2]")]).bytes
    if isCut { zip.removeLast(zip.count - 40) } else { zip[49] ^= 1 }
    try files.write(zip, to: "bad.zip")
    let error = #expect(throws: CatchmentError.self) {
      try records(at: "\(files.path)/bad.zip", framing: .elements)
    }
    #expect(error?.code == .sourceUnavailable)
    #expect(error?.message.contains("bad.zip cannot be unpacked") == true)
  }

  @Test func `is refused when it unpacks to hundreds of times its size`() throws {
    let path = "\(files.path)/bomb.jsonl.gz"
    try Database().connect().execute(
      "COPY (SELECT repeat('0', 1_000_000) AS n FROM range(70)) TO '\(path)' "
        + "(FORMAT json, COMPRESSION gzip)")
    let error = #expect(throws: CatchmentError.self) { try records(at: path, framing: .lines) }
    #expect(error?.code == .sourceUnavailable)
    #expect(
      error?.message == "\(path) unpacks to more than 64 MiB, which so small a file seldom does")
  }

  // MARK: Databases

  @Test func `gives the rows of a database as lines of JSON`() throws {
    let path = "\(files.path)/store.db"
    let database = try DatabaseQueue(path: path)
    try database.write { database in
      try database.execute(
        sql: """
          CREATE TABLE part (id TEXT, n INTEGER, x REAL, data TEXT, raw BLOB, "odd "" name" TEXT);
          INSERT INTO part VALUES
            ('b', 2, 0.5, '{"k":\n"v"}', x'7b7d', 'line
          break'),
            ('a', 1, NULL, '{broken', x'ff00', 'quote "');
          CREATE TABLE secret (token TEXT);
          INSERT INTO secret VALUES ('hidden');
          """)
    }
    let tables = [
      DatabaseTable("missing", order: ["id"]), DatabaseTable("part", order: ["id"]),
      DatabaseTable("part", where: "n > 1", order: ["n"]),
    ]
    let second =
      #"{"table":"part","id":"b","n":2,"x":0.5,"data":{"k": "v"},"raw":{},"odd \" name":"line\nbreak"}"#
    #expect(
      try records(at: path, framing: .database(tables)) == [
        #"{"table":"part","id":"a","n":1,"x":null,"data":"{broken","raw":{"hex":"ff00"},"odd \" name":"quote \""}"#,
        second, second,
      ])
  }

  @Test func `is another when only the write-ahead log of its database has grown`() async throws {
    let path = "\(files.path)/store.db"
    let database = try DatabasePool(path: path)
    try await database.write { try $0.execute(sql: "CREATE TABLE part (id TEXT)") }
    let source = FramedSource(
      framing: .database([DatabaseTable("part", order: ["id"])]), isWanted: { $0 == path })
    let discoverer = Discoverer([source])
    func unit() async throws -> Unit {
      let found = await discoverer.discover([files.path], known: [path: "framed"], threads: 1)
      return try #require(found.units.first)
    }
    let before = try await unit()
    #expect(try await unit() == before)
    let file = Unit.Fingerprint.current(of: path)
    try await database.write { try $0.execute(sql: "INSERT INTO part VALUES ('new')") }
    #expect(Unit.Fingerprint.current(of: path) == file, "the row lies in the log")
    let after = try await unit()
    #expect(after.id == before.id)
    #expect(after.fingerprint != before.fingerprint)
    #expect(
      try records(at: path, framing: source.framing) == [#"{"table":"part","id":"new"}"#])
  }

  @Test func `says when a file is no database`() throws {
    try files.write(String(repeating: "not a database ", count: 100), to: "x.db")
    let error = #expect(throws: CatchmentError.self) {
      try records(
        at: "\(files.path)/x.db", framing: .database([DatabaseTable("t", order: ["id"])]))
    }
    #expect(error?.code == .sourceUnavailable)
  }

  // MARK: Helpers

  private func records(of text: String, framing: Framing) throws -> [String] {
    try files.write(text, to: "unit.json")
    return try records(at: "\(files.path)/unit.json", framing: framing)
  }

  private func records(
    at path: String, framing: Framing,
    isWanted: @escaping @Sendable (String) -> Bool = { _ in true }
  ) throws -> [String] {
    let fingerprint = try #require(Unit.Fingerprint.current(of: path))
    let reader = UnitReader(
      FramedSource(framing: framing, isWanted: isWanted), spill: files.path)
    let unit = Unit(source: "framed", path: path, fingerprint: fingerprint)
    let content = try reader.read(unit, after: nil, importedAt: 0).content
    return content.records.map { String(decoding: content.bytes(of: $0), as: UTF8.self) }
  }
}

/// A source that only says how its files are cut.
private struct FramedSource: Source {
  var framing: Framing
  var isWanted: @Sendable (String) -> Bool

  let name = "framed"
  let tables: [TableSchema] = []
  func defaultRoots(home: String, environment: [String: String]) -> [String] { [] }
  func mayHold(_ path: String) -> Bool { isWanted(path) }
  func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition { .none }
  func framing(of path: String) -> Framing { framing }
  func makeReducer(largestRecord: Int) -> any Reducer {
    preconditionFailure("nothing is reduced here")
  }
}
