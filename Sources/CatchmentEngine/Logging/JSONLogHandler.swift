internal import Catchment
internal import JSONTape
public import Logging

/// Writes each event as one line of JSON: `timestamp`, `level`, `message`, then what the event has
/// beside them.
///
/// ```swift
/// let file = try LogFile("/var/log/catchment.jsonl")
/// let logger = Logger(label: "catchment") { _ in JSONLogHandler(level: .info, write: file.write) }
/// ```
///
/// Numbers and booleans stay what they are; everything else becomes text.
public struct JSONLogHandler: LogHandler {
  public var metadata: Logger.Metadata = [:]
  public var logLevel: Logger.Level
  private let write: @Sendable (String) -> Void

  /// - Parameter write: takes a line, with its end, at once; it may be called on any thread.
  public init(level: Logger.Level, write: @escaping @Sendable (String) -> Void) {
    logLevel = level
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    write(line(event.level, "\(event.message)", event.metadata ?? [:], at: Clock.now()))
  }

  /// The line of an event; `time` is in microseconds since 1970.
  func line(
    _ level: Logger.Level, _ message: String, _ more: Logger.Metadata, at time: Int64
  ) -> String {
    var text = "{\"timestamp\":\"\(UTC.text(time))\",\"level\":\"\(level)\""
    text += ",\"message\":\(JSONString.quoted(message))"
    for (key, value) in metadata.merging(more, uniquingKeysWith: { $1 })
      .sorted(by: { Self.place($0.key) < Self.place($1.key) })
    {
      text += ",\(JSONString.quoted(key)):"
      Self.append(value, to: &text)
    }
    return text + "}\n"
  }

  /// What tells events apart comes first.
  private static func place(_ key: String) -> (Int, String) {
    let first = [
      "pipeline", "run_id", "attempt", "stage", "platform", "conversation_id", "path",
    ]
    return (first.firstIndex(of: key) ?? first.count, key)
  }

  private static func append(_ value: Logger.Metadata.Value, to text: inout String) {
    switch value {
    case .string(let string): text += JSONString.quoted(string)
    case .stringConvertible(let number as Double):
      text += number.isFinite ? "\(number)" : "null"
    case .stringConvertible(let number as any BinaryInteger): text += "\(number)"
    case .stringConvertible(let flag as Bool): text += "\(flag)"
    case .stringConvertible(let other): text += JSONString.quoted("\(other)")
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        append(value, to: &text)
      }
      text += "]"
    case .dictionary(let members):
      text += "{"
      for (index, member) in members.sorted(by: { $0.key < $1.key }).enumerated() {
        if index > 0 { text += "," }
        text += "\(JSONString.quoted(member.key)):"
        append(member.value, to: &text)
      }
      text += "}"
    }
  }
}

extension Logger {
  /// Says nothing: for whoever wants no log.
  public static var silent: Logger { Logger(label: "catchment") { _ in SwiftLogNoOpLogHandler() } }

  /// A failure, in its own words but without what lies beneath: that may quote what was read.
  func failure(_ message: Logger.Message, _ error: CatchmentError) {
    self.error(message, metadata: error.metadata)
  }
}

extension CatchmentError {
  /// What it is and where, for a log: without what lies beneath, which may quote what was read.
  var metadata: Logger.Metadata {
    var details: Logger.Metadata = ["code": "\(code)", "error": "\(message)"]
    if let errorClass { details["error_class"] = "\(errorClass.rawValue)" }
    if let place = location { details["path"] = "\(place.file)" }
    return details
  }
}
