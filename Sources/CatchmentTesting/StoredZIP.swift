/// A ZIP archive whose members are stored as they are (APPNOTE 6.3, method 0), for tests.
public struct StoredZIP {
  /// The whole archive, as a file would hold it.
  public private(set) var bytes: [UInt8] = []

  /// An archive of text files in the order given, with names of ASCII and without times.
  public init(members: [(name: String, text: String)]) {
    self.init(files: members.map { ($0.name, Array($0.text.utf8)) })
  }

  /// The same of files that need not be text.
  public init(files: [(name: String, bytes: [UInt8])]) {
    var directory: [UInt8] = []
    for (name, data) in files {
      let name = Array(name.utf8)
      let offset = UInt32(bytes.count)
      let common = Self.common(name: name, data: data)
      bytes += Self.little(UInt32(0x0403_4B50)) + common + name + data
      directory += Self.little(UInt32(0x0201_4B50)) + Self.little(UInt16(20)) + common
      directory += [UInt8](repeating: 0, count: 10) + Self.little(offset) + name
    }
    let (start, count) = (UInt32(bytes.count), UInt16(files.count))
    bytes += directory + Self.little(UInt32(0x0605_4B50)) + Self.little(UInt32(0))
    bytes += Self.little(count) + Self.little(count) + Self.little(UInt32(directory.count))
    bytes += Self.little(start) + Self.little(UInt16(0))
  }

  /// What a member's own header and the directory say alike.
  private static func common(name: [UInt8], data: [UInt8]) -> [UInt8] {
    let size = little(UInt32(data.count))
    return little(UInt16(20)) + [UInt8](repeating: 0, count: 8) + little(crc32(data)) + size + size
      + little(UInt16(name.count)) + little(UInt16(0))
  }

  private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  private static func crc32(_ data: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in data {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
