internal import Catchment

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// Puts new units that look like copies of each other together, by a glance at their beginnings.
struct CopyGroups {
  /// Where a copied history shows itself, at the latest.
  private static let glance = 16 << 10
  /// Groups larger than this, in bytes, are taken one by one and put together later if need be.
  private static let largest: Int64 = 64 << 20

  let source: any Source
  let threads: Int

  /// The units in their order; each group stands where its first member stood.
  func groups(of units: [Unit]) async -> [[Unit]] {
    var groups: [[Unit]] = []
    var places: [UInt64: Int] = [:]
    for (unit, hint) in zip(units, await hints(of: units)) {
      guard let hint else {
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

  /// Glances at every unit, each thread at its share: with thousands of files, opening them is what
  /// takes the time.
  private func hints(of units: [Unit]) async -> [UInt64?] {
    let share = max((units.count + threads - 1) / threads, 1)
    return await withTaskGroup { group in
      for start in stride(from: 0, to: units.count, by: share) {
        group.addTask { @concurrent in
          var buffer = [UInt8](repeating: 0, count: Self.glance)
          return (start, units[start...].prefix(share).map { hint($0, &buffer) })
        }
      }
      var hints = [UInt64?](repeating: nil, count: units.count)
      for await (start, found) in group {
        hints.replaceSubrange(start..<start + found.count, with: found)
      }
      return hints
    }
  }

  /// A file that cannot be read is no copy of any; the worker that takes it says what is wrong.
  private func hint(_ unit: Unit, _ buffer: inout [UInt8]) -> UInt64? {
    let descriptor = open(unit.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    return buffer.withUnsafeBytes {
      source.copyHint(UnsafeRawBufferPointer(rebasing: $0[..<count]))
    }
  }

  private func split(_ group: [Unit]) -> [[Unit]] {
    let size = group.reduce(0) { $0 + $1.fingerprint.size }
    return group.count > 1 && size > Self.largest ? group.map { [$0] } : [group]
  }
}
