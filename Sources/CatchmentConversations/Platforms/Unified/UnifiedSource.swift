public import Catchment

/// Unified conversations as `catchment export` writes them: an object a line.
///
/// Its rows come out as they went in. What a platform's own files say of the same conversation goes
/// before it.
public struct UnifiedSource: Source {
  static let platform = "unified"

  public let name = platform
  public let tables = ConversationTables.all
  public let isCopy = true

  public init() {}

  /// Nowhere: an export lies where its owner put it.
  public func defaultRoots(home: String, environment: [String: String]) -> [String] { [] }

  public func mayHold(_ path: String) -> Bool {
    let name = FilePath.name(path)
    return [".jsonl", ".ndjson", ".jsonl.gz", ".jsonl.zst"].contains { name.hasSuffix($0) }
  }

  public func recognise(_ beginning: UnsafeRawBufferPointer, of path: String) -> Recognition {
    beginning.starts(with: "{\"schema_version\":")
      && beginning.firstRange(of: "\"conversation\":{\"conversation_id\":") != nil
      ? .certain : .none
  }

  public func makeReducer(largestRecord: Int) -> any Reducer {
    UnifiedReducer(largestRecord: largestRecord)
  }
}
