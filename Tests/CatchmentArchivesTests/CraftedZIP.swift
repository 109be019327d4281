/// A ZIP archive (APPNOTE 6.3) whose records say what a test wants, true or not.
struct CraftedZIP {
  struct Member {
    var name: String
    /// The name where it is no UTF-8.
    var rawName: [UInt8]?
    var bytes: [UInt8] = []
    var flags: UInt16 = 0
    /// What the member's own header calls it.
    var ownName: String?
    /// Where the directory says that it begins, in the place of where it does.
    var offset: UInt32?
    /// What the directory says its packed size is.
    var packed: UInt32?
    var crc: UInt32?
    var isSizeIn64 = false

    var nameBytes: [UInt8] { rawName ?? Array(name.utf8) }
  }

  static func make(_ members: [Member]) -> [UInt8] {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = member.offset ?? UInt32(bytes.count)
      bytes += little(0x0403_4B50 as UInt32) + little(20 as UInt16) + fields(member, packed: nil)
      let own = member.ownName.map { Array($0.utf8) } ?? member.nameBytes
      bytes += little(UInt16(own.count)) + little(0 as UInt16) + own + member.bytes
      let extra = member.isSizeIn64 ? zip64(member) : []
      directory += little(0x0201_4B50 as UInt32) + little(20 as UInt16) + little(20 as UInt16)
      directory += fields(member, packed: member.packed)
      directory += little(UInt16(member.nameBytes.count)) + little(UInt16(extra.count))
      directory += [UInt8](repeating: 0, count: 10) + little(offset) + member.nameBytes + extra
    }
    let (start, count) = (UInt32(bytes.count), UInt16(members.count))
    bytes += directory + little(0x0605_4B50 as UInt32) + little(0 as UInt32)
    bytes += little(count) + little(count) + little(UInt32(directory.count))
    return bytes + little(start) + little(0 as UInt16)
  }

  /// Flags, method 0, no time, checksum and sizes.
  private static func fields(_ member: Member, packed: UInt32?) -> [UInt8] {
    let size = UInt32(member.bytes.count)
    let isLarge = packed == nil && member.isSizeIn64
    let plain = little(member.flags) + [UInt8](repeating: 0, count: 6)
    let sum = little(member.crc ?? crc32(member.bytes))
    return plain + sum + little(isLarge ? size : packed ?? size)
      + little(member.isSizeIn64 && packed != nil ? UInt32.max : size)
  }

  private static func zip64(_ member: Member) -> [UInt8] {
    little(1 as UInt16) + little(16 as UInt16) + little(UInt64(member.bytes.count))
      + little(UInt64(member.bytes.count))
  }

  private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  static func crc32(_ data: [UInt8]) -> UInt32 {
    var crc = ~UInt32(0)
    for byte in data {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
  }
}
