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

  /// The units in their order; each group stands where its first member stood.
  func groups(of units: [Unit]) -> [[Unit]] {
    var groups: [[Unit]] = []
    var places: [UInt64: Int] = [:]
    var buffer = [UInt8](repeating: 0, count: Self.glance)
    for unit in units {
      guard let hint = hint(unit, &buffer) else {
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
