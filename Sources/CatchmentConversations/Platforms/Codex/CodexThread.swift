internal import Catchment
internal import JSONTape

/// Where the telling of one thread stands.
struct CodexThread {
  let id: String
  /// The model of the responses that follow.
  var model: Slice?
  /// The latest response of the turn, by place.
  var response: Int?
  /// Whether what the model says next is part of `response`.
  var isOpen = false
  /// Usage that was told before the response it belongs to.
  var pendingUsage: TokenUsage?
  /// The counters that were told last, as they are: they only add up.
  var lastTotal: CumulativeCounters?
  /// Whether usage is told by records of its own, which make the counters a repetition.
  var hasUsageRecords = false
  /// Whether a rollout tells it: what a printed event stream says is then known.
  var hasRollout = false
  /// The first message of each turn, by place.
  var turns: [Int] = []
  /// How many turns a printed event stream has told.
  var streamTurns = 0
  /// How many messages of the conversation compactions have covered.
  var compacted = 0
  /// What its copies told, where there may be several.
  var told: Set<RawRecord.Digest> = []
  private var times: [Int64: Int] = [:]
  private var calls: [UInt64: Int] = [:]
  private var voices: [UInt64: Voices] = [:]

  init(id: String) { self.id = id }

  /// The ways in which one and the same text is written down.
  struct Voices: OptionSet {
    let rawValue: UInt8

    /// As an item of the model's conversation.
    static let item = Voices(rawValue: 1)
    /// As an event for the screen.
    static let event = Voices(rawValue: 2)
    /// As an event that says that an item is complete.
    static let completion = Voices(rawValue: 4)
  }

  enum Speaker: UInt64 {
    case user = 0x1000_0000_0000_0001
    case agent = 0x2000_0000_0000_0002
    case reasoning = 0x3000_0000_0000_0003
  }

  /// Whether a text is new, and not one that was told before in another voice.
  mutating func isNews(_ text: Slice, of speaker: Speaker, in voice: Voices) -> Bool {
    let key = JSONText(bytes: text).fingerprint &+ speaker.rawValue
    let heard = voices[key] ?? []
    guard heard.isEmpty || heard.contains(voice) else {
      voices[key] = heard.union(voice)
      return false
    }
    voices[key] = voice
    return true
  }

  /// A name for the next message: its time, and its number among those of that time.
  mutating func messageName(at time: Int64?) -> String {
    let number = times[time ?? 0, default: 0] + 1
    times[time ?? 0] = number
    return time.map { "\($0)#\(number)" } ?? "#\(number)"
  }

  /// A name for a new call; that of the first call of an id is the id.
  mutating func callName(_ id: Slice) -> String? {
    let key = JSONText(bytes: id).fingerprint
    calls[key, default: 0] += 1
    return latestCallName(id)
  }

  /// The name of the latest call of an id, when it is not the id.
  func latestCallName(_ id: Slice) -> String? {
    guard let number = calls[JSONText(bytes: id).fingerprint], number > 1 else { return nil }
    return "\(JSONText(bytes: id).description)#\(number)"
  }
}
