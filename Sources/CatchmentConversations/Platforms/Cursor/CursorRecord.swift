internal import JSONTape

/// A record of Cursor's: JSON, or a transcript of older versions, which is prose.
enum CursorRecord: RecordForm {
  case json(JSONValue)
  case prose(Slice)

  static var isWhole: Bool { true }

  static func read(_ bytes: Slice, _ parser: TapeParser) throws(JSONError) -> CursorRecord {
    if CursorProse.isOne(bytes) { return .prose(bytes) }
    return .json(try parser.parse(bytes, isPadded: true))
  }
}
