internal import JSONTape

extension JSONValue {
  /// A time, written as text or as a number, in microseconds since 1970; nil when it is none or an
  /// absurd one.
  var time: Int64? {
    if let text { return Timestamp.parse(text.bytes) }
    return double.flatMap { Timestamp.parse($0) }
  }
}
