import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import Foundation
import Testing

/// What must hold of an import whatever is in its files.
enum Conservation {
  /// Imports all files, and expects that every record has one outcome that is committed, that the
  /// tables hold together and go out and in again unchanged, and that what was kept is sound and gives
  /// the same tables again.
  @discardableResult
  static func expect(_ work: Workspace) async throws -> ImportReport {
    let report = try await work.importAll()
    #expect(report.records.isConserved)
    #expect(report.problems == [])
    #expect(try work.number("SELECT count(*) FROM catchment.raw_records") == report.records.read)
    #expect(try work.number("SELECT count(*) FROM dead_letters") == report.records.deadLettered)
    try expectPlaces(work, report)
    try expectWholeTables(work)
    #expect(try RawCheck(home: work.home, sources: [work.source]).run().isSound)
    if !work.source.isCopy { try await RoundTrip.expect(work.home) }
    let imported = try work.copy()
    _ = try await Rebuild(home: work.home, sources: [work.source]).run()
    let tables = try work.checksums().differences(from: imported.checksums())
    let differences = try tables.flatMap { try work.difference(from: imported, in: $0) }
    #expect(tables == [], "\(differences.prefix(4).joined(separator: "\n"))")
    return report
  }

  /// No key stands twice, and following parents comes to an end within the conversation.
  private static func expectWholeTables(_ work: Workspace) throws {
    for table in ConversationTables.all {
      #expect(
        try work.number("SELECT count(*) - count(DISTINCT \(table.key)) FROM \(table.name)") == 0,
        "\(table.name)")
    }
    #expect(try work.number(circles) == 0)
  }

  /// Messages from which following parents comes to no end.
  private static let circles = """
    WITH RECURSIVE up AS (
      SELECT message_id FROM messages m
      WHERE parent_message_id IS NULL OR parent_message_id NOT IN (SELECT message_id FROM messages)
      UNION
      SELECT m.message_id FROM messages m JOIN up ON m.parent_message_id = up.message_id)
    SELECT count(*) FROM messages WHERE message_id NOT IN (FROM up)
    """

  // MARK: Places

  /// Every record of a file of lines or of one document is in the ledger at its place; or it is the
  /// last one, has no end, and waits.
  private static func expectPlaces(_ work: Workspace, _ report: ImportReport) throws {
    let rows = try work.rows(
      """
      SELECT path, list((line, byte_offset, length)::VARCHAR ORDER BY line)::VARCHAR
      FROM catchment.units LEFT JOIN catchment.raw_records USING (unit_id) GROUP BY 1
      """)
    var unfinished = 0
    #expect(rows.count == report.unitsCommitted)
    for row in rows {
      let path = try #require(row[0].text)
      let framing = work.source.framing(of: path)
      guard framing == .lines || framing == .document else { continue }
      let bytes = Array(try Data(contentsOf: URL(filePath: path)))
      let expected = places(in: bytes, framing)
      let actual = row[1].text ?? ""
      if actual == text(expected.lines) { continue }
      unfinished += 1
      #expect(!expected.isTerminated)
      #expect(actual == text(expected.lines.dropLast()), "\(path)")
    }
    #expect(unfinished == report.unfinished)
  }

  /// A whole file without the white space, and the byte-order mark, around it.
  private static func document(_ bytes: [UInt8]) -> [String] {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let isSpace: (UInt8) -> Bool = { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
    guard let first = bytes[start...].firstIndex(where: { !isSpace($0) }),
      let last = bytes.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return ["(1, \(first), \(last - first + 1))"]
  }

  private static func text(_ places: some Collection<String>) -> String {
    places.isEmpty
      ? "['(NULL, NULL, NULL)']" : "[\(places.map { "'\($0)'" }.joined(separator: ", "))]"
  }

  /// Where a plain reader finds records: number, offset, length.
  private static func places(
    in bytes: [UInt8], _ framing: Framing
  ) -> (lines: [String], isTerminated: Bool) {
    guard framing == .lines else { return (document(bytes), true) }
    var lines: [String] = []
    var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    var number = 0
    while start < bytes.count {
      number += 1
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let last = end > start && bytes[end - 1] == 0x0D ? end - 1 : end
      if !bytes[start..<last].allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
        lines.append("(\(number), \(start), \(last - start))")
      }
      start = end + 1
    }
    return (lines, bytes.last == 0x0A)
  }
}
