/// A MinHash of a set of shingles: two sets have as large a share of their numbers in common as they
/// have of all that is in either.
///
/// One permutation in 128 bins: each shingle costs one comparison, however many numbers there are.
/// A bin that stays empty borrows from one that is not, chosen by the bin alone, so that equal sets
/// have equal sketches and small sets can be compared too.
struct Sketch: Equatable {
  static let bins = 128
  /// How many numbers make a band: sets that are alike by 0.95 share one of sixteen bands as good as
  /// always (all but 2 in a hundred million), by 0.5 once in sixteen times.
  static let rows = 8
  static let bands = bins / rows

  private(set) var minima = ContiguousArray<UInt64>(repeating: .max, count: bins)
  /// Shingles that were added; the same one counts each time.
  private(set) var shingles = 0
  /// Those of them that a model said.
  private(set) var modelShingles = 0

  mutating func add(_ shingle: UInt64, isModel: Bool) {
    let bin = Int(truncatingIfNeeded: shingle & 127)
    minima[bin] = min(minima[bin], shingle >> 7)
    shingles += 1
    if isModel { modelShingles += 1 }
  }

  /// Fills the empty bins; nothing may be added after.
  var signature: Signature {
    guard shingles > 0 else { return Signature() }
    var values = ContiguousArray<UInt32>(repeating: 0, count: Self.bins)
    for bin in 0..<Self.bins {
      var source = bin
      var step: UInt64 = 1
      while minima[source] == .max {
        source = Self.lender(bin, step)
        step += 1
      }
      values[bin] = UInt32(truncatingIfNeeded: minima[source])
    }
    return Signature(values: values, shingles: shingles, modelShingles: modelShingles)
  }

  private static func lender(_ bin: Int, _ step: UInt64) -> Int {
    var hash = UInt64(bin) &* 0x9e37_79b9_7f4a_7c15 &+ step &* 0xd6e8_feb8_6659_fd93
    hash ^= hash >> 32
    hash = hash &* 0xd6e8_feb8_6659_fd93
    return Int(truncatingIfNeeded: hash >> 40) & (bins - 1)
  }
}

/// What is kept of a sketch: 512 bytes and two counts.
struct Signature: Equatable {
  /// None for a conversation without words.
  var values: ContiguousArray<UInt32> = []
  var shingles = 0
  var modelShingles = 0

  /// The share of shingles in common, within some hundredths.
  func similarity(to other: Signature) -> Double {
    guard values.count == other.values.count, !values.isEmpty else { return 0 }
    var same = 0
    for (mine, theirs) in zip(values, other.values) where mine == theirs { same += 1 }
    return Double(same) / Double(values.count)
  }

  /// A number for each band.
  func bandKey(_ band: Int, salt: UInt64) -> UInt64 {
    var hash = salt ^ UInt64(band) &* 0x9e37_79b9_7f4a_7c15
    for place in band * Sketch.rows..<(band + 1) * Sketch.rows {
      hash = (hash ^ UInt64(values[place])) &* 0xbf58_476d_1ce4_e5b9
      hash ^= hash >> 29
    }
    return hash
  }
}
