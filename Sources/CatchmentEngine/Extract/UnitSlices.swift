internal import Catchment

/// Large units, in slices that can be derived one after another.
///
/// Records that are tied to each other, in one unit or in several, are in the same slice; so what
/// the slices come to is what the units come to as a whole. Only where the records lie and what ties
/// them is held, not their bytes.
struct UnitSlices {
  private let units: [ReadUnit]
  /// For each unit, the slice of each record.
  private var slices: [ContiguousArray<Int32>] = []
  /// For each unit, what it shares with others.
  private(set) var identities: [ContiguousArray<UInt64>] = []
  private(set) var count = 0

  /// Nil for units that are derived as a whole: small ones, and those of a reducer that gives no
  /// ties.
  ///
  /// - Parameters:
  ///   - size: how many bytes a slice may have, if its records allow it.
  ///   - seen: is handed each piece of each unit as it is read for the first time.
  init?(
    _ units: [ReadUnit], _ reducer: any Reducer, size: Int,
    seen: (UnitContent) throws(CatchmentError) -> Void = { _ throws(CatchmentError) in }
  ) throws(CatchmentError) {
    guard units.reduce(0, { $0 + $1.content.region.count }) > size,
      let first = units.first(where: { !$0.content.records.isEmpty }),
      reducer.ties(of: first.content.first(1)) != nil
    else { return nil }
    self.units = units
    var bundles = Bundles()
    for unit in units { try survey(unit, reducer, size, &bundles, seen) }
    let places = bundles.places(size: size)
    count = places.count
    for unit in slices.indices {
      for record in slices[unit].indices {
        slices[unit][record] = places.slices[Int(slices[unit][record])]
      }
    }
  }

  /// Learns what ties a unit's records; until all are known, `slices` holds their bundles.
  private mutating func survey(
    _ unit: ReadUnit, _ reducer: any Reducer, _ size: Int, _ bundles: inout Bundles,
    _ seen: (UnitContent) throws(CatchmentError) -> Void
  ) throws(CatchmentError) {
    var members = ContiguousArray<Int32>()
    members.reserveCapacity(unit.content.records.count)
    var shared: Set<UInt64> = []
    try unit.inPieces(of: size) { (piece) throws(CatchmentError) in
      try seen(piece)
      let ties = reducer.ties(of: piece) ?? []
      for (tie, record) in zip(ties, piece.records) {
        if let tie { shared.insert(tie) }
        members.append(bundles.add(record, tie))
      }
    }
    slices.append(members)
    identities.append(ContiguousArray(shared))
  }

  /// A slice of each unit: the whole unit's bytes, with the slice's records.
  subscript(slice: Int) -> [UnitContent] {
    units.indices.map { place in
      var content = units[place].content
      content.records = ContiguousArray(
        zip(content.records, slices[place]).lazy.filter { $0.1 == Int32(slice) }.map(\.0))
      return content
    }
  }

  /// Gives back the memory of what has been looked at.
  func forget() { for unit in units { unit.region.forget() } }
}

/// Records that are tied to each other, and how large they are together.
private struct Bundles {
  private var byTie: [UInt64: Int32] = [:]
  private var byDigest: [RawRecord.Digest: Int32] = [:]
  private var sizes = ContiguousArray<Int>()

  /// The bundle of a record: that of its tie, else that of its bytes.
  mutating func add(_ record: RawRecord, _ tie: UInt64?) -> Int32 {
    let known = tie.map { byTie[$0] } ?? byDigest[record.digest]
    let place = known ?? Int32(sizes.count)
    if known == nil {
      sizes.append(0)
      if let tie { byTie[tie] = place } else { byDigest[record.digest] = place }
    }
    sizes[Int(place)] += record.length
    return place
  }

  /// The slice of each bundle, in their order, and how many slices there are.
  func places(size: Int) -> (slices: ContiguousArray<Int32>, count: Int) {
    var slices = ContiguousArray<Int32>()
    slices.reserveCapacity(sizes.count)
    var (slice, bytes) = (Int32(0), 0)
    for next in sizes {
      if bytes > 0, bytes + next > size { (slice, bytes) = (slice + 1, 0) }
      bytes += next
      slices.append(slice)
    }
    return (slices, sizes.isEmpty ? 0 : Int(slice) + 1)
  }
}

extension UnitContent {
  /// The same with the first records only.
  fileprivate func first(_ count: Int) -> UnitContent {
    var content = self
    content.records = ContiguousArray(records.prefix(count))
    return content
  }
}
