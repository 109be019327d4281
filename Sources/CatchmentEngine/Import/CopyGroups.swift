internal import Catchment
internal import DuckDB

/// Puts new units that look like copies of each other together, by a glance at their beginnings.
struct CopyGroups {
  /// Groups larger than this, in bytes, are taken one by one and put together later if need be.
  private static let largest: Int64 = 64 << 20

  let hints: [UUIDBytes: UInt64]

  /// The units in their order; each group stands where its first member stood.
  func groups(of units: [Unit]) -> [[Unit]] {
    var groups: [[Unit]] = []
    var places: [UInt64: Int] = [:]
    for unit in units {
      guard let hint = hints[unit.id] else {
        groups.append([unit])
        continue
      }
      if let place = places[hint] {
        groups[place].append(unit)
      } else {
        places[hint] = groups.count
        groups.append([unit])
      }
    }
    return groups.flatMap(split)
  }

  private func split(_ group: [Unit]) -> [[Unit]] {
    let size = group.reduce(0) { $0 + $1.fingerprint.size }
    return group.count > 1 && size > Self.largest ? group.map { [$0] } : [group]
  }
}

extension Reduction {
  /// Whether its units share what makes them one family, each with some other.
  ///
  /// A glance may be wrong: a line that is broken may look like another file's first. What does not
  /// belong together must not be derived together.
  var isOneFamily: Bool {
    var known = Set(allIdentities(of: 0))
    var others = ledger.indices.dropFirst().map(allIdentities)
    while !others.isEmpty {
      let strangers = others.filter { identities in
        let isRelated = identities.contains(where: known.contains)
        if isRelated { known.formUnion(identities) }
        return !isRelated
      }
      guard strangers.count < others.count else { return false }
      others = strangers
    }
    return true
  }
}
