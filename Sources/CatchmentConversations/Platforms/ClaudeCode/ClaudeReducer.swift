internal import Catchment
internal import DuckDB
internal import JSONTape

/// Reads Claude Code transcripts: lines of JSON, one file a session or sub-agent.
///
/// Each line is parsed once; what it says goes into drafts that point into the file's bytes. Only
/// when all of the units are read are the drafts complete: a response is streamed over many lines,
/// a tool's result comes later than its call, and a name may be given on the last line.
final class ClaudeReducer: Reducer {
  /// A parser's buffers grow to suit the longest record; those for one longer than this are let go.
  private static let longRecord = 16 << 20

  private let limits: TapeParser.Limits
  private var parser: TapeParser
  private let draft = ClaudeDraft()

  init(largestRecord: Int) {
    limits = .init(maximumBytes: largestRecord)
    parser = TapeParser(limits: limits)
  }

  func reduce(_ units: [UnitContent]) throws(CatchmentError) -> any Reduction {
    draft.reset(units: units)
    let order = units.count == 1 ? [0] : ClaudeCopyOrder(parser: parser).order(units)
    for place in order { try read(units[place], at: Int32(place)) }
    draft.complete()
    return draft
  }

  private func read(_ content: UnitContent, at place: Int32) throws(CatchmentError) {
    var cancellation = CancellationCheck()
    draft.begin(content, at: place)
    let last = content.records.count - 1
    for (index, record) in content.records.enumerated() {
      let bytes = content.bytes(of: record)
      try cancellation.advance(by: record.length)
      do throws(JSONError) {
        draft.take(try parser.parse(bytes, isPadded: true), record, bytes)
      } catch {
        if index == last, content.isOpenEnded {
          draft.leaveUnfinished()
        } else {
          draft.refuse(error)
        }
      }
      if record.length > Self.longRecord { parser = TapeParser(limits: limits) }
    }
    draft.end()
  }
}

/// The order in which files that share records own them: the original before its copies.
///
/// A fork is written as a copy of the whole chain with a new session id and no pointer back, so the
/// lineage has to be inferred. It must not depend on which file was imported first. In order:
/// sessions handed to the background come last; then whoever went on first after the part that is
/// shared (or did not go on); then the earlier beginning; then the name.
struct ClaudeCopyOrder {
  let parser: TapeParser

  private struct Sighting {
    var place: Int
    var isBackground = false
    var began: Int64?
    var records: [(identity: UInt64, time: Int64?)] = []
  }

  func order(_ units: [UnitContent]) -> [Int] {
    let sightings = units.indices.map { sight(units[$0], at: $0) }
    var places: [UInt64: Int] = [:]
    for sighting in sightings {
      for identity in Set(sighting.records.map(\.identity)) { places[identity, default: 0] += 1 }
    }
    let keys = sightings.map { sighting in
      let own = sighting.records.filter { places[$0.identity] == 1 }.compactMap(\.time).min()
      let name = units[sighting.place].unit.path
      return (
        sighting.isBackground ? 1 : 0, own ?? .min, sighting.began ?? .max,
        String(name[(name.lastIndex(of: "/") ?? name.startIndex)...]), name
      )
    }
    return units.indices.sorted { keys[$0] < keys[$1] }
  }

  private func sight(_ content: UnitContent, at place: Int) -> Sighting {
    var sighting = Sighting(place: place)
    for record in content.records {
      // A line that is no JSON has no part in lineage; `ClaudeReducer.read` reports it.
      guard let value = parsed(content.bytes(of: record)) else { continue }
      let line = ClaudeLine(value)
      let time = line.timestamp?.text.flatMap { Timestamp.parse($0.bytes) }
      sighting.began = sighting.began ?? time
      if let kind = line.sessionKind?.text, kind == "bg" { sighting.isBackground = true }
      if let uuid = line.uuid?.text { sighting.records.append((uuid.fingerprint, time)) }
    }
    return sighting
  }

  private func parsed(_ bytes: Slice) -> JSONValue? {
    do throws(JSONError) { return try parser.parse(bytes, isPadded: true) } catch { return nil }
  }
}
