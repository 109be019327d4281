import ArgumentParser

/// A number of bytes as people write it: `512MiB`, `2GB`, `1.5GiB`.
///
/// The unit must be there: `512` alone could mean anything.
struct ByteSize: Equatable {
  let bytes: Int

  init(_ bytes: Int) { self.bytes = bytes }

  init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(digits.count)
    guard let factor = Self.units.first(where: { $0.name == unit })?.bytes,
      digits.first != ".", digits.last != ".", let number = Double(digits)
    else { return nil }
    let total = number * Double(factor)
    guard total < Double(1 << 62), total >= 1 else { return nil }
    bytes = Int(total)
  }

  private static let units: [(name: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
    ("kB", 1_000), ("B", 1),
  ]
}

extension ByteSize: ExpressibleByArgument, CustomStringConvertible {
  init?(argument: String) { self.init(argument) }

  var defaultValueDescription: String { description }

  /// In the largest unit that divides it.
  var description: String {
    let unit = Self.units.first { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? ("B", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
