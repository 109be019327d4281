import Catchment
import CatchmentConversations
import Foundation
import JSONSchema
import JSONTape
import Testing

@Suite struct `An export` {
  private let place: Workplace

  init() throws {
    place = try Workplace()
    _ = try place.importAll()
  }

  private static let schemaText = "Documentation/unified-conversation.schema.json"

  private static func schema() throws -> String {
    let here = URL(filePath: #filePath)
    let root = here.deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: schemaText), encoding: .utf8)
  }

  @Test func `is what the published schema says`() throws {
    let outcome = try place.run("export")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let schema = try JSONSchema(try Self.schema())
    let parser = TapeParser()
    let lines = outcome.output.split(separator: "\n")
    #expect(!lines.isEmpty)
    for line in lines {
      let bytes = Array(line.utf8)
      try bytes.withUnsafeBytes { bytes in
        let faults = schema.faults(in: try parser.parse(bytes, isPadded: false))
        #expect(faults.isEmpty, "\(faults)")
      }
    }
  }

  @Test func `is refused by the schema when a fact has another type`() throws {
    let line = try #require(try place.run("export").output.split(separator: "\n").first)
    let broken = line.replacing("\"total_messages\":4", with: "\"total_messages\":\"4\"")
    try #require(broken != line)
    let schema = try JSONSchema(try Self.schema())
    let parser = TapeParser()
    try Array(broken.utf8).withUnsafeBytes { bytes in
      let value = try parser.parse(bytes, isPadded: false)
      #expect(!schema.accepts(value))
    }
  }

  @Test(arguments: [
    ("conversation", ConversationTables.conversations), ("message", ConversationTables.messages),
    ("tool_call", ConversationTables.toolCalls), ("summary", ConversationTables.summaries),
  ])
  func `has every column in its schema and no other`(name: String, table: TableSchema) throws {
    let data = Data(try Self.schema().utf8)
    let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let parts = try #require(schema["$defs"] as? [String: [String: Any]])
    let members = try #require(parts[name]?["properties"] as? [String: Any])
    #expect(Set(members.keys) == Set(table.columns.map(\.name)))
  }

  @Test(arguments: ["markdown", "html"]) func `is read by a person`(format: String) throws {
    let outcome = try place.run("export", Transcripts.session, "--format", format)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("Plant the beans"))
    #expect(outcome.output.contains("soil"))
    #expect(!outcome.output.contains("\u{1b}"), "nothing that a terminal would obey")
  }

  @Test(arguments: ["jsonl", "csv", "parquet"]) func `has each table in a file`(
    format: String
  ) throws {
    let folder = "\(place.path)/tables-\(format)"
    let outcome = try place.run("export", "--format", format, "--output", folder)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let query = "SELECT count(*) AS n FROM '\(folder)/messages.\(format)'"
    let rows = try place.run("sql", "--format", "csv", query)
    #expect(rows.output == "n\n4\n", "\(rows.errors)")
  }

  @Test func `is imported again, row for row`() throws {
    let exported = try place.run("export").output
    let (file, other) = ("\(place.path)/any name", "\(place.path)/other")
    try Data(exported.utf8).write(to: URL(filePath: file))
    let run = { (arguments: [String]) in
      try Program.run(arguments + ["--home", other], environment: ["HOME": place.path])
    }
    let outcome = try run(["import", "--from", file, "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!exported.isEmpty)
    #expect(try run(["export"]).output == exported)
    #expect(try run(["import", "--from", "\(file).gone"]).status == 2)
  }

  @Test func `knows what it was not given`() throws {
    #expect(try place.run("export", "ffffffff").status == 2)
    #expect(try place.run("export", "--format", "csv").status == 2)
  }
}

@Suite struct `An export of hostile text` {
  @Test func `has nothing in its HTML that runs`() throws {
    let text = #"<script>alert(1)</script><img src=x onerror=alert(2)>\u001b[31m"#
    let place = try Workplace([
      #"{"type":"user","uuid":"aaaaaaaa-0000-4000-8000-000000000001","sessionId":"#
        + #""bbbbbbbb-0000-4000-8000-000000000001","timestamp":"2026-03-01T10:00:00Z","#
        + #""message":{"role":"user","content":"\#(text)"}}"#
    ])
    _ = try place.importAll()
    let html = try place.run("export", "--format", "html").output
    #expect(html.contains("&lt;script&gt;alert(1)"))
    #expect(!html.contains("<script"))
    #expect(!html.contains("<img"))
    #expect(html.contains("default-src 'none'"))
    #expect(!html.contains("\u{1b}"))
  }
}
