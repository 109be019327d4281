/// A number of bytes as people write it: `512MiB`, `2GB`, `1.5GiB`.
///
/// The unit must be there: `512` alone could mean anything.
public struct ByteSize: Sendable, Hashable {
  public let bytes: Int

  public init(_ bytes: Int) { self.bytes = bytes }

  public init?(_ text: String) {
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

extension ByteSize: CustomStringConvertible {
  /// In the largest unit that divides it.
  public var description: String {
    let unit = Self.units.first { bytes % $0.bytes == 0 && bytes >= $0.bytes } ?? ("B", 1)
    return "\(bytes / unit.bytes)\(unit.name)"
  }
}

extension ByteSize: OptionValue {
  public init(_ setting: Setting) throws(OptionError) {
    guard let size = setting.text.flatMap({ ByteSize($0) }) else {
      let given = setting.text.map { "\"\($0)\"" } ?? setting.kind
      throw OptionError("must be a size such as 1KiB or 2MB, not \(given)", at: setting.place)
    }
    self = size
  }

  public var setting: Setting { description.setting }

  public static var schema: Setting {
    .map(["type": "string".setting, "pattern": "^[0-9]+(\\.[0-9]+)?([KMGT]i?|k)?B$".setting])
  }
}
