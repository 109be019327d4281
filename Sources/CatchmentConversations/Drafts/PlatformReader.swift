internal import Catchment
internal import JSONTape

/// What understands one platform's records, which are told one after another.
///
/// It says what they mean to its `drafts`. It must not depend on the order in which units are told,
/// other than the order it asks for itself.
protocol PlatformReader {
  /// What a record is: a JSON value, or a line of prose.
  associatedtype Record: RecordForm = JSONValue

  /// Whether it looks at all records before the first one is taken, as it must when what a record
  /// means is decided by others that may come later.
  static var looksAhead: Bool { get }

  /// Whether a record tells of one conversation alone, which `conversation(of:)` names, so that
  /// records of different conversations may be told apart from each other.
  static var isSeparable: Bool { get }

  init(_ drafts: ConversationDrafts)

  /// The native id of the conversation that `take` tells the record to; nil when it tells it to none.
  static func conversation(of record: Record) -> String?
  /// The order in which units are told: by path, unless the platform knows better.
  func order(_ units: [UnitContent]) -> [Int]
  /// Whether a record could matter to `lookAhead`, by its bytes alone: those that do not are not parsed
  /// for it.
  static func mayMatterAhead(_ record: Slice) -> Bool
  /// Looks at a record, in the order in which they will be taken; it says nothing to `drafts` yet.
  mutating func lookAhead(_ record: Record)
  /// A unit begins; `drafts.content` is its.
  mutating func begin()
  /// The next record of the unit. An error found in it is `drafts.refuse`d.
  mutating func take(_ record: Record)
  /// The unit has ended.
  mutating func end()
  /// All units were told.
  mutating func complete()
}

extension PlatformReader {
  static var looksAhead: Bool { false }
  static var isSeparable: Bool { false }
  static func conversation(of record: Record) -> String? { nil }
  func order(_ units: [UnitContent]) -> [Int] {
    units.indices.sorted { units[$0].unit.path < units[$1].unit.path }
  }
  static func mayMatterAhead(_ record: Slice) -> Bool { true }
  func lookAhead(_ record: Record) {}
  func begin() {}
  func end() {}
  func complete() {}
}

/// Parses records and tells them to a platform's reader.
///
/// A record that is no JSON becomes a dead letter; the last one of a file of lines that has no line
/// end yet waits for the rest of it.
final class PlatformReducer<Reader: PlatformReader>: Reducer {
  private let parser: TapeParser
  private let drafts: ConversationDrafts
  private let skipsRepeated: Bool
  private let tellsRewritten: Bool

  /// - Parameters:
  ///   - skipsRepeated: whether the very same bytes seen again are a repetition, as with files that
  ///     are written anew as a whole; in a log two equal lines are two events.
  ///   - tellsRewritten: whether all of a file that was written anew is told again, because its
  ///     records say nothing without those before them.
  init(
    platform: String, skipsRepeated: Bool, tellsRewritten: Bool = false, largestRecord: Int,
    _ reader: Reader.Type = Reader.self
  ) {
    parser = TapeParser(limits: .init(maximumBytes: largestRecord))
    drafts = ConversationDrafts(platform: platform)
    self.skipsRepeated = skipsRepeated
    self.tellsRewritten = tellsRewritten
  }

  func reduce(_ units: [UnitContent]) throws(CatchmentError) -> any Reduction {
    drafts.reset(units: units)
    var reader = Reader(drafts)
    let order = reader.order(units)
    if Reader.looksAhead { lookAhead(units, order, &reader) }
    for place in order {
      drafts.begin(units[place], at: place)
      reader.begin()
      read(units[place], &reader)
      reader.end()
    }
    reader.complete()
    drafts.complete()
    return drafts
  }

  /// By conversation; in platforms whose records repeat, equal ones are one whatever they tell.
  func ties(of content: UnitContent) -> ContiguousArray<UInt64?>? {
    guard Reader.isSeparable, skipsRepeated else { return nil }
    var ties = ContiguousArray<UInt64?>()
    ties.reserveCapacity(content.records.count)
    for record in content.records {
      let conversation: String?
      do throws(JSONError) {
        conversation = Reader.conversation(
          of: try Reader.Record.read(content.bytes(of: record), parser))
      } catch { conversation = nil }
      ties.append(conversation.map(drafts.tie))
    }
    return ties
  }

  /// Shows the reader what can be read; what cannot is refused when it is taken.
  private func lookAhead(_ units: [UnitContent], _ order: [Int], _ reader: inout Reader) {
    for place in order {
      drafts.begin(units[place], at: place)
      let holdsBack = units[place].isOpenEnded && !Reader.Record.isWhole
      for record in holdsBack ? units[place].records.dropLast() : units[place].records[...] {
        let bytes = units[place].bytes(of: record)
        guard Reader.mayMatterAhead(bytes) else { continue }
        drafts.start(record)
        do throws(JSONError) {
          reader.lookAhead(try Reader.Record.read(bytes, parser))
        } catch { continue }
      }
    }
  }

  private func read(_ content: UnitContent, _ reader: inout Reader) {
    let last = content.records.count - 1
    let isRewritten =
      content.records.first?.generation != content.records.last?.generation && !tellsRewritten
    let skipsRepeated = Reader.Record.isWhole && (skipsRepeated || isRewritten)
    for (index, record) in content.records.enumerated() {
      let mayGrow = index == last && content.isOpenEnded
      if mayGrow, !Reader.Record.isWhole { return drafts.leaveUnfinished() }
      drafts.start(record)
      if skipsRepeated, drafts.isRepeated() {
        drafts.finish()
        continue
      }
      do throws(JSONError) {
        reader.take(try Reader.Record.read(content.bytes(of: record), parser))
      } catch {
        if mayGrow { return drafts.leaveUnfinished() }
        drafts.refuse(
          "json_\(error.code)", "the record is not JSON: \(error.message)", column: error.offset)
      }
      drafts.finish()
    }
  }
}
