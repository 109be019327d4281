internal import JSONTape

/// Facts as platforms write them, read without trusting their types.
extension JSONValue {
  /// The time that a number or a text says, in microseconds since 1970; nil for none or an absurd
  /// one.
  var time: Int64? {
    if let number = double { return Timestamp.parse(number) }
    guard let text else { return nil }
    return Timestamp.parse(text.bytes) ?? Double(String(text)).flatMap(Timestamp.parse)
  }

  /// An amount of US dollars: finite and not negative.
  var dollars: Double? {
    guard let amount = double ?? text.flatMap({ Double(String($0)) }), amount.isFinite, amount >= 0
    else { return nil }
    return amount
  }

  /// A text that says something.
  var words: String? {
    guard let text, !text.isEmpty else { return nil }
    return String(text)
  }

  /// A duration in whole milliseconds.
  var milliseconds: Int64? {
    guard let number = double, number.isFinite, number >= 0, number < 1e15 else { return nil }
    return Int64(number)
  }

  /// A number that a process ended with.
  var exitCode: Int32? {
    int64.flatMap { Int32(exactly: $0) } ?? text.flatMap { Int32(String($0)) }
  }
}
