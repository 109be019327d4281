internal import Catchment
internal import JSONTape

/// Reads lines of unified conversations, older ones in the newest form.
///
/// What it gives is valid until the next line.
final class UnifiedLineReader {
  private let parser: TapeParser
  private let newestParser: TapeParser

  init(largestRecord: Int) {
    parser = TapeParser(limits: .init(maximumBytes: largestRecord))
    newestParser = TapeParser(limits: .init(maximumBytes: largestRecord))
  }

  /// The line as it is written.
  func read(written bytes: Slice) throws(JSONError) -> JSONValue {
    try parser.parse(bytes, isPadded: true)
  }

  /// The line in the newest form; one that no step takes there is as it is written.
  func read(_ bytes: Slice) throws(JSONError) -> JSONValue {
    let value = try read(written: bytes)
    guard let version = value["schema_version"]?.int64, version >= 1,
      version < UnifiedConversation.newestVersion, let line = newest(value)
    else { return value }
    return try line.withUnsafeBufferPointer { (bytes) throws(JSONError) in
      try newestParser.parse(UnsafeRawBufferPointer(bytes), isPadded: false)
    }
  }

  private func newest(_ value: JSONValue) -> [UInt8]? {
    do throws(CatchmentError) {
      return Array(try UnifiedConversation(value).line.utf8)
    } catch { return nil }
  }
}
