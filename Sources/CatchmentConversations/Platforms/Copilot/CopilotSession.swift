internal import Catchment
internal import DuckDB
internal import JSONTape

/// Where the telling of one session stands.
struct CopilotSession {
  let id: String
  /// The records that were told, so that a copy's are known again.
  var told: Set<RawRecord.Digest> = []
  /// The record that each request of a chat was first seen in.
  var origins: [String: UUIDBytes] = [:]
  /// What its copies lie in, as they were told, and which of these has named its folder.
  var storages: [EditorStorage] = []
  var folderRank = -1

  // Of a log of events.

  /// The model of the responses that follow.
  var model: Slice?
  /// The latest response, by place.
  var response: Int?
  /// What the model thought before a response that is not told yet.
  var reasoning: [Slice] = []
  /// The responses since the counters were told last, by place.
  var leg: [Int] = []
  /// The counters that were told last, by model.
  var counters: [String: CumulativeCounters] = [:]
  private var times: [Int64: Int] = [:]

  init(id: String) { self.id = id }

  /// A name for an event without an id: its time, and its number among those of that time.
  mutating func name(at time: Int64?) -> String {
    let number = times[time ?? 0, default: 0] + 1
    times[time ?? 0] = number
    return time.map { "\($0)#\(number)" } ?? "#\(number)"
  }
}
