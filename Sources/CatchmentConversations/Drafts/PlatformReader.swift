internal import Catchment
internal import JSONTape

/// What understands one platform's records, which are JSON values told one after another.
///
/// It says what they mean to its `drafts`. It must not depend on the order in which units are told,
/// other than the order it asks for itself.
protocol PlatformReader {
  init(_ drafts: ConversationDrafts)

  /// The order in which units are told: by path, unless the platform knows better.
  func order(_ units: [UnitContent]) -> [Int]
  /// A unit begins; `drafts.content` is its.
  mutating func begin()
  /// The next record of the unit. An error found in it is `drafts.refuse`d.
  mutating func take(_ record: JSONValue)
  /// The unit has ended.
  mutating func end()
  /// All units were told.
  mutating func complete()
}

extension PlatformReader {
  func order(_ units: [UnitContent]) -> [Int] {
    units.indices.sorted { units[$0].unit.path < units[$1].unit.path }
  }
  func begin() {}
  func end() {}
  func complete() {}
}

/// Parses records and tells them to a platform's reader.
///
/// A record that is no JSON becomes a dead letter; the last one of a file of lines that has no line
/// end yet waits for the rest of it.
final class PlatformReducer<Reader: PlatformReader>: Reducer {
  private let parser = TapeParser()
  private let drafts: ConversationDrafts
  private let skipsRepeated: Bool
  private let tellsRewritten: Bool

  /// - Parameters:
  ///   - skipsRepeated: whether the very same bytes seen again are a repetition, as with files that
  ///     are written anew as a whole; in a log two equal lines are two events.
  ///   - tellsRewritten: whether all of a file that was written anew is told again, because its
  ///     records say nothing without those before them.
  init(
    platform: String, skipsRepeated: Bool, tellsRewritten: Bool = false,
    _ reader: Reader.Type = Reader.self
  ) {
    drafts = ConversationDrafts(platform: platform)
    self.skipsRepeated = skipsRepeated
    self.tellsRewritten = tellsRewritten
  }

  func reduce(_ units: [UnitContent]) throws(CatchmentError) -> any Reduction {
    drafts.reset(units: units)
    var reader = Reader(drafts)
    for place in reader.order(units) {
      drafts.begin(units[place], at: place)
      reader.begin()
      read(units[place], &reader)
      reader.end()
    }
    reader.complete()
    drafts.complete()
    return drafts
  }

  private func read(_ content: UnitContent, _ reader: inout Reader) {
    let last = content.records.count - 1
    let isRewritten =
      content.records.first?.generation != content.records.last?.generation && !tellsRewritten
    for (index, record) in content.records.enumerated() {
      drafts.start(record)
      if skipsRepeated || isRewritten, drafts.isRepeated() {
        drafts.finish()
        continue
      }
      do throws(JSONError) {
        reader.take(try parser.parse(content.bytes(of: record), isPadded: true))
      } catch {
        if index == last, content.isOpenEnded { return drafts.leaveUnfinished() }
        drafts.refuse(
          "json_\(error.code)", "the record is not JSON: \(error.message)", column: error.offset)
      }
      drafts.finish()
    }
  }
}
