import Catchment
import CatchmentConversations
import CatchmentEngine
import CatchmentTesting
import Foundation
import Testing

/// As many damaged copies of each platform's recorded files as one asks for.
///
/// `CATCHMENT_MUTATIONS` says how many a platform, `CATCHMENT_MUTATED` names the platforms if not all
/// are meant; the long run of 10,000 is a command of its own (`Benchmarks/README.md`).
@Suite(
  .enabled(if: MutationSoak.copies > 0, "no soak: set CATCHMENT_MUTATIONS"),
  .enabled(if: Samples.has("ORACLES.tsv"), "no samples: set CATCHMENT_SAMPLES"), .serialized)
struct `A platform's damaged files` {
  @Test(arguments: MutationSoak.asked) func `are conserved`(_ soak: MutationSoak) async throws {
    try await soak.run()
  }
}

struct MutationSoak: CustomTestStringConvertible {
  static let copies =
    ProcessInfo.processInfo.environment["CATCHMENT_MUTATIONS"].flatMap(Int.init) ?? 0
  /// So many copies are imported at once.
  private static let chunk = 1_000
  /// Larger files take long and are damaged in few of their places.
  private static let largest = 64 << 10

  static let asked =
    ProcessInfo.processInfo.environment["CATCHMENT_MUTATED"].map { names in
      all.filter { names.split(separator: ",").contains($0.source.name[...]) }
    } ?? all

  private static let all = Samples.platforms.map(MutationSoak.init)

  private let source: any Source

  init(_ source: any Source) { self.source = source }

  var testDescription: String { source.name }

  func run() async throws {
    let originals = try self.originals()
    try #require(!originals.isEmpty)
    var done = 0
    while done < Self.copies {
      let count = min(Self.chunk, Self.copies - done)
      try await DamagedFiles(source: source, originals: originals)
        .check(copies: count, seed: UInt64(done + 1), least: 0)
      done += count
    }
  }

  /// The platform's recorded files of lines and documents, with the paths that they lie at.
  private func originals() throws -> [(name: String, bytes: [UInt8])] {
    let folder = Samples.folder.appending(path: source.name)
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
    var files: [(name: String, bytes: [UInt8])] = []
    for name in names where source.mayHold(name) {
      let path = folder.appending(path: name).path
      guard let size = Unit.Fingerprint.current(of: path)?.size, size > 0, size <= Self.largest,
        let bytes = FileManager.default.contents(atPath: path).map(Array.init),
        !Self.isPacked(bytes), source.framing(of: name).isPlain
      else { continue }
      let recognition = bytes.prefix(16 << 10).withUnsafeBytes { source.recognise($0, of: name) }
      if recognition != .none { files.append((name, bytes)) }
    }
    return files
  }

  /// Damage to a packed file shows in its packing alone.
  private static func isPacked(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "PK\u{3}\u{4}".utf8) || bytes.starts(with: [0x1F, 0x8B])
      || bytes.starts(with: [0x28, 0xB5, 0x2F, 0xFD])
  }
}

extension Framing {
  /// Whether a file is read as it lies there, and not by a database engine.
  fileprivate var isPlain: Bool {
    if case .database = self { false } else { true }
  }
}
