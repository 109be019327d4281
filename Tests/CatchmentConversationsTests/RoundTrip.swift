import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import DuckDB
import JSONTape
import Testing

/// What must hold of an export, whatever was imported.
enum RoundTrip {
  /// All conversations of a home as an export writes them; each is judged by the schema on the way.
  static func export(_ home: Home) throws -> [UInt8] {
    let warehouse = try Warehouse(
      path: home.warehouse, sourceTables: ConversationTables.all,
      options: .init(memory: 512 << 20, threads: 1, spill: home.spill, isReadOnly: true))
    defer { warehouse.close() }
    let connection = try warehouse.connect()
    let ids = try connection.query(
      "SELECT conversation_id::VARCHAR FROM conversations ORDER BY created_at, conversation_id"
    ).rows().compactMap { $0[0].text }
    var bytes: [UInt8] = []
    let export = UnifiedExport(connection)
    for id in ids {
      try export.write(id) { (piece) throws(CatchmentError) in bytes.append(contentsOf: piece) }
    }
    return bytes
  }

  /// Expects that what is exported suits the schema and, imported into an empty home, is exported
  /// again byte for byte.
  static func expect(_ home: Home) async throws {
    let exported = try export(home)
    try expectSchema(exported)
    let other = try Workspace(UnifiedSource())
    try other.files.write(exported, to: "unified.jsonl")
    let report = try await other.importAll()
    #expect(report.records.loaded == exported.count { $0 == UInt8(ascii: "\n") })
    #expect(report.records.loaded == report.records.read)
    let again = try export(other.home)
    #expect(again.elementsEqual(exported), "\(differences(again, exported))")
  }

  /// The first conversation of each export that the other lacks, from where they part.
  private static func differences(_ a: [UInt8], _ b: [UInt8]) -> String {
    let (ours, theirs) = (Set(a.split(separator: 0x0A)), Set(b.split(separator: 0x0A)))
    guard let one = ours.subtracting(theirs).first, let other = theirs.subtracting(ours).first
    else { return "in another order" }
    let place = zip(one, other).prefix { $0 == $1 }.count
    return [one, other].map {
      String(decoding: $0.dropFirst(max(place - 200, 0)).prefix(400), as: UTF8.self)
    }
    .joined(separator: "\n")
  }

  /// By the schema alone, so that the quick judge of the export does not judge itself.
  private static func expectSchema(_ exported: [UInt8]) throws {
    let judge = UnifiedJudge()
    let parser = TapeParser()
    try exported.withUnsafeBytes { bytes in
      for line in LineReader(bytes) {
        let value = try parser.parse(line.bytes, isPadded: false)
        let faults = judge.faults(in: value)
        #expect(faults == [], "\(faults.prefix(2))")
        #expect(judge.accepts(value))
      }
    }
  }
}
