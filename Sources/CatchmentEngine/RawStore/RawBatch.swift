internal import Catchment

/// Whole units of the raw store that are read together, by one query.
struct RawBatch: Sendable {
  /// Units that lie in several files are sorted together up to this many bytes.
  private static let gatheredSize = 24 << 20

  var files: [String]
  /// By path.
  var units: [String: RawUnits.Kept]
  /// Whether their records lie in several places and have to be put in order.
  var isGathered: Bool

  /// Batches that hold each unit once: a file's own units as they lie in it, the largest files
  /// first, then those that are spread over several.
  static func covering(_ kept: [RawUnits.Kept]) -> [RawBatch] {
    var bySegment: [String: [RawUnits.Kept]] = [:]
    for unit in kept where unit.isContiguous {
      bySegment[unit.segments[0], default: []].append(unit)
    }
    let whole = bySegment.sorted { ($0.value.bytes, $0.key) > ($1.value.bytes, $1.key) }
    // A batch knows units by their paths, and two machines may have one path.
    let spread = Dictionary(grouping: kept.filter { !$0.isContiguous }) { $0.unit.machine ?? "" }
    return whole.map { RawBatch([$0.key], $0.value, isGathered: false) }
      + spread.sorted { $0.key < $1.key }.flatMap { gathering($0.value) }
  }

  private static func gathering(_ spread: [RawUnits.Kept]) -> [RawBatch] {
    var batches: [RawBatch] = []
    var waiting: [RawUnits.Kept] = []
    func finish() {
      guard !waiting.isEmpty else { return }
      let files = Set(waiting.flatMap(\.segments)).sorted()
      batches.append(RawBatch(files, waiting, isGathered: true))
      waiting = []
    }
    // Those in the same files together, so that a file is opened for few batches.
    for unit in spread.sorted(by: { $0.segments.lexicographicallyPrecedes($1.segments) }) {
      waiting.append(unit)
      if waiting.bytes >= gatheredSize { finish() }
    }
    finish()
    return batches
  }

  private init(_ files: [String], _ units: [RawUnits.Kept], isGathered: Bool) {
    self.files = files
    self.isGathered = isGathered
    self.units = Dictionary(uniqueKeysWithValues: units.map { ($0.unit.path, $0) })
  }
}

extension [RawUnits.Kept] {
  fileprivate var bytes: Int { reduce(0) { $0 + $1.bytes } }
}
