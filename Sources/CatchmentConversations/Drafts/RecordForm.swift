internal import JSONTape

/// What the records of a platform are told as.
protocol RecordForm {
  /// Whether a record says all that it means by itself.
  ///
  /// A line of prose does not: the same line again is no repetition, and one without an end is only
  /// half written, whatever it says so far.
  static var isWhole: Bool { get }

  /// Reads a record; what it gives is valid until the parser's next document.
  static func read(_ bytes: Slice, _ parser: TapeParser) throws(JSONError) -> Self
}

extension JSONValue: RecordForm {
  static var isWhole: Bool { true }

  static func read(_ bytes: Slice, _ parser: TapeParser) throws(JSONError) -> JSONValue {
    try parser.parse(bytes, isPadded: true)
  }
}

/// A line of prose as it was written: what platforms keep that write Markdown.
struct TextLine: RecordForm {
  let bytes: Slice

  static var isWhole: Bool { false }

  static func read(_ bytes: Slice, _ parser: TapeParser) -> TextLine { TextLine(bytes: bytes) }
}
