internal import Catchment
internal import JSONTape

/// Takes up records that were noted while the units were told, when all of them are.
struct NotedRecords {
  private let drafts: ConversationDrafts
  private let parser = TapeParser()

  init(_ drafts: ConversationDrafts) { self.drafts = drafts }

  /// Reads a record again; it was JSON when it was noted, and what is said in `body` is the record's.
  func tell(_ place: RecordPlace, _ body: (JSONValue) -> Void) {
    let bytes = drafts.revisit(place)
    do throws(JSONError) { body(try parser.parse(bytes, isPadded: true)) } catch { return }
    drafts.settle(place)
  }

  /// Says what became of a record of which nothing has been said.
  func mark(_ place: RecordPlace, _ outcome: RecordOutcome) {
    _ = drafts.revisit(place)
    if drafts.entry.outcome == .filtered { drafts.entry.outcome = outcome }
    drafts.settle(place)
  }
}
