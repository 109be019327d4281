import Catchment
import CatchmentConversations
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `A migration of the warehouse` {
  private static let first = SchemaVersion(1, 0, 0)
  private static let newest = WarehouseMigrations.newest

  /// Rows in every table, also in those that hold them as they were.
  private func filled() async throws -> Workspace {
    let work = try Workspace(ClaudeCodeSource())
    try work.files.write(lines(1...4) + "{broken\n", to: "a.jsonl")
    try await work.importAll()
    try work.files.write(lines(1...4) + "{broken\n" + lines(5...9), to: "a.jsonl")
    try await work.importAll()
    return work
  }

  private func lines(_ numbers: ClosedRange<Int>) -> String {
    numbers.map {
      #"{"type":"user","uuid":"s-\#($0)","sessionId":"s","timestamp":"2026-03-01T10:00:0\#($0)Z","#
        + #""message":{"content":"hello"}}"# + "\n"
    }.joined()
  }

  private func migrate(
    _ work: Workspace, to version: SchemaVersion
  ) throws -> Migrator.Outcome {
    try WarehouseMigration(home: work.home, views: work.source.views).run(to: version)
  }

  /// Every column of every table, and what each table holds.
  private func dump(_ home: Home) throws -> [String: String] {
    var options = Warehouse.Options(memory: 128 << 20, threads: 1, spill: "", isReadOnly: true)
    options.isAsStored = true
    let warehouse = try Warehouse(path: home.warehouse, sourceTables: [], options: options)
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    var dump: [String: String] = [:]
    let tables = try connection.query(
      """
      SELECT schema_name || '.' || table_name, string_agg(column_name || ' ' || data_type, ', '
        ORDER BY column_index)
      FROM duckdb_columns() WHERE database_name = 'warehouse' AND NOT internal
        AND table_name NOT IN (SELECT view_name FROM duckdb_views())
        AND table_name NOT IN ('schema_versions', 'audit_log')
      GROUP BY ALL
      """
    ).rows()
    for row in tables {
      let name = row[0].text ?? ""
      let sum = try connection.query(
        "SELECT count(*)::VARCHAR || ' ' || coalesce(sum(hash(t)), 0)::VARCHAR FROM \(name) t"
      ).scalar()?.text
      dump[name] = "\(row[1].text ?? ""): \(sum ?? "")"
    }
    return dump
  }

  @Test func `down and up and down again loses nothing of the older version`() async throws {
    let work = try await filled()
    _ = try migrate(work, to: Self.first)
    let older = try dump(work.home)
    #expect(older.count > 10)
    #expect(older["main.conversations"]?.contains("machine") == false)
    #expect(older["catchment.undo_conversations"]?.hasSuffix(": 0 0") == false)
    let up = try migrate(work, to: Self.newest)
    #expect(up.applied == WarehouseMigrations.all.map(\.version))
    let newer = try dump(work.home)
    _ = try migrate(work, to: Self.first)
    #expect(try dump(work.home) == older)
    _ = try migrate(work, to: Self.newest)
    #expect(try dump(work.home) == newer)
  }

  @Test func `keeps the tables that users see as they were`() async throws {
    let work = try await filled()
    let before = try work.checksums()
    _ = try migrate(work, to: Self.first)
    _ = try migrate(work, to: Self.newest)
    let after = try work.checksums()
    for table in ["messages", "tool_calls", "summaries", "dead_letters", "raw_records"] {
      #expect(after.tables[table] == before.tables[table])
    }
  }

  @Test func `can still be rolled back over, to where it began`() async throws {
    let work = try await filled()
    _ = try migrate(work, to: Self.first)
    _ = try migrate(work, to: Self.newest)
    #expect(try work.rollback("last").runs.first?.restored["conversations"] == 1)
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
    #expect(try work.rollback("last").dependents == [])
    #expect(try work.number("SELECT count(*) FROM messages") == 0)
  }

  @Test func `leads to the tables that a new warehouse has`() async throws {
    let work = try await filled()
    let fresh = try Workspace(ClaudeCodeSource())
    try await fresh.importAll()
    _ = try migrate(work, to: Self.first)
    _ = try migrate(work, to: Self.newest)
    func shape(_ dump: [String: String]) -> [String: String] {
      dump.mapValues { String($0.prefix { $0 != ":" }) }
    }
    #expect(shape(try dump(work.home)) == shape(try dump(fresh.home)))
    #expect(
      try work.texts("SELECT version FROM schema_versions ORDER BY 1")
        == fresh.texts("SELECT version FROM schema_versions ORDER BY 1"))
  }

  @Test func `makes the columns that the program knows, in its order`() async throws {
    let work = try await filled()
    let shape = try dump(work.home)
    let tables =
      work.source.tables + EngineTables.tracked + [EngineTables.unitKeys, EngineTables.undoLog]
    for table in tables {
      let columns = table.columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
      #expect(shape[table.qualifiedName]?.hasPrefix("\(columns): ") == true, "\(table.name)")
    }
  }

  @Test func `takes up the very first warehouses, when an import opens them`() async throws {
    let work = try Workspace(ClaudeCodeSource())
    try Data().write(to: URL(filePath: "\(work.home.path)/lock"))
    let database = try Database(path: work.home.warehouse)
    try database.connect().execute(FirstSchema.tables)
    database.close()
    try work.files.write(lines(1...4), to: "a.jsonl")
    let report = try await work.importAll()
    let note = try #require(report.notes.first)
    #expect(note.contains("from version 1.0.0 to \(Self.newest)"))
    let backup = try #require(note.split(separator: " ").last.map(String.init))
    #expect(FileManager.default.fileExists(atPath: backup))
    #expect(try work.number("SELECT count(*) FROM messages") == 4)
    let fresh = try Workspace(ClaudeCodeSource(), files: work.files)
    try await fresh.importAll()
    #expect(try work.checksums().differences(from: fresh.checksums()) == [])
    #expect(try await work.importAll().notes == [], "said once")
  }

  @Test func `is preceded by a copy that is the warehouse as it was`() async throws {
    let work = try await filled()
    let before = try dump(work.home)
    let outcome = try migrate(work, to: Self.first)
    let backup = try #require(outcome.backup)
    let copy = try Workspace(ClaudeCodeSource())
    try FileManager.default.copyItem(atPath: backup, toPath: copy.home.warehouse)
    #expect(try dump(copy.home) == before)
    let listed = try WarehouseMigration(home: work.home).status().backups
    #expect(listed.map(\.path) == [backup])
  }

  @Test func `that fails in its midst leaves the tables as they were`() async throws {
    let work = try await filled()
    let before = try dump(work.home)
    let broken = Migration(
      SchemaVersion(9, 0, 0), "Broken",
      [
        .column(.init("extra", "VARCHAR"), of: .main("messages")),
        .rows(up: SQLText("DELETE FROM main.messages"), down: SQLText()),
        .rows(up: SQLText("SELECT error('no')"), down: SQLText()),
      ])
    let error = #expect(throws: CatchmentError.self) {
      try WarehouseMigration(home: work.home, WarehouseMigrations.all + [broken])
        .run(to: SchemaVersion(9, 0, 0))
    }
    #expect(error?.message.contains("stay in version \(Self.newest)") == true)
    #expect(try dump(work.home) == before)
    #expect(try WarehouseMigration(home: work.home).status().version == Self.newest)
  }

  @Test func `refuses tables that are newer than the program`() async throws {
    let work = try await filled()
    let future = Migration(SchemaVersion(9, 0, 0), "Not yet", [])
    _ = try WarehouseMigration(home: work.home, WarehouseMigrations.all + [future])
      .run(to: SchemaVersion(9, 0, 0))
    let error = await #expect(throws: CatchmentError.self) { try await work.importAll() }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("version 9.0.0, newer than this program's") == true)
    #expect(throws: CatchmentError.self) { try work.rows("SELECT 1") }
  }

  @Test func `is not needed to read an older warehouse`() async throws {
    let work = try await filled()
    _ = try migrate(work, to: Self.first)
    let stored = try dump(work.home)
    #expect(try work.number("SELECT count(*) FROM main.messages") == 9)
    #expect(try work.texts("SELECT machine FROM conversations") == [nil])
    #expect(try work.number("SELECT count(machine) FROM catchment.units") == 0)
    #expect(try work.number("SELECT sum(messages)::BIGINT FROM conversation_usage") == 9)
    #expect(try dump(work.home) == stored)
  }
}
