import Foundation
import Testing

@testable import JSONTape

/// Parses a text and hands out its value while the parser lives.
func withJSON<Result>(
  _ text: String, limits: TapeParser.Limits = .init(), _ body: (JSONValue) throws -> Result
) throws -> Result {
  try withJSON(Array(text.utf8), limits: limits, body)
}

func withJSON<Result>(
  _ bytes: [UInt8], limits: TapeParser.Limits = .init(), _ body: (JSONValue) throws -> Result
) throws -> Result {
  let parser = TapeParser(limits: limits)
  return try withExtendedLifetime(parser) {
    try bytes.withUnsafeBytes { try body(try parser.parse($0, isPadded: false)) }
  }
}

/// The fault of a document, or nil if it has none.
func fault(of bytes: [UInt8], limits: TapeParser.Limits = .init()) -> JSONError? {
  do {
    return try withJSON(bytes, limits: limits) { _ in nil }
  } catch {
    return error as? JSONError
  }
}

/// Files that are not ours to ship, found beside the package or by an environment variable.
enum Samples {
  static let folder: URL = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = ProcessInfo.processInfo.environment["CATCHMENT_SAMPLES"] ?? "../shared/samples"
    return URL(filePath: path, relativeTo: package.appending(path: "", directoryHint: .isDirectory))
  }()

  static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: name).path)
  }

  static func files(in name: String, extension suffix: String) -> [URL] {
    let all = FileManager.default.enumerator(
      at: folder.appending(path: name), includingPropertiesForKeys: nil)
    let urls = all?.compactMap { $0 as? URL } ?? []
    return urls.filter { $0.pathExtension == suffix }.sorted { $0.path < $1.path }
  }

  /// The lines of all Claude Code logs, without the empty ones.
  static let lines: [[UInt8]] = files(in: "claude_code", extension: "jsonl").flatMap { file in
    guard let data = try? Data(contentsOf: file) else { return [[UInt8]]() }
    return data.split(separator: UInt8(ascii: "\n")).map { Array($0) }
  }
}

/// A small generator that gives the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
}

extension JSONValue {
  /// Whether two documents' values are the same, member for member.
  func isSame(as other: JSONValue) -> Bool {
    guard kind == other.kind, count == other.count else { return false }
    switch kind {
    case .object:
      return zip(members, other.members).allSatisfy {
        $0.key == $1.key && $0.value.isSame(as: $1.value)
      }
    case .array: return zip(elements, other.elements).allSatisfy { $0.isSame(as: $1) }
    case .string: return text == other.text
    case .boolean: return boolean == other.boolean
    case .null: return true
    default: return numberText == other.numberText && double == other.double
    }
  }

  /// Calls `body` with this value and all inside it.
  func forEachValue(_ body: (JSONValue) throws -> Void) rethrows {
    try body(self)
    try forEachMember { try $1.forEachValue(body) }
    try forEachElement { try $0.forEachValue(body) }
  }
}
