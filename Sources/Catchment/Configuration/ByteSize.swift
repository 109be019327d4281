/// A number of bytes as people write it: `512MiB`, `2GB`, `1.5GiB`.
public struct ByteSize: Sendable, Hashable {
  public let bytes: Int

  public init(_ bytes: Int) { self.bytes = bytes }

  private static let units: [(name: String, bytes: Int)] = [
    ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000),
    ("kB", 1_000), ("B", 1),
  ]
}

extension ByteSize: WrittenQuantity {
  public static let kind = "a size such as 1KiB or 2MB"
  public static let unitPattern = "([KMGT]i?|k)?B"

  public init?(_ text: String) {
    let units = Self.units.map { ($0.name, Double($0.bytes)) }
    guard let total = Self.number(in: text, units), total < Double(1 << 62), total >= 1 else {
      return nil
    }
    bytes = Int(total)
  }

  /// In the largest unit that divides it.
  public var description: String {
    let unit = Self.units.first { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? ("B", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}
