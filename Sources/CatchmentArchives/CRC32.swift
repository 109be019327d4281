internal import CZlib

/// The checksum of ZIP, gzip and Parquet's pages (polynomial 0x04C11DB7).
public enum CRC32 {
  /// That of bytes that come piece by piece: `previous` is what the pieces before came to.
  public static func of(_ bytes: UnsafeRawBufferPointer, after previous: UInt32 = 0) -> UInt32 {
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    return UInt32(crc32_z(UInt(previous), start, bytes.count))
  }
}
