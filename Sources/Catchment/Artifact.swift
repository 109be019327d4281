/// A file that a record holds as text: an image, a document, a recording.
///
/// Its bytes go into the raw store under what they hash to, and a reference stands for them in what
/// the record becomes.
public struct Artifact {
  /// SHA-256 of its bytes, in hexadecimal digits.
  public var sha256: String
  /// Its bytes as they are written, which live as long as the reduction.
  public var base64: UnsafeRawBufferPointer

  public init(sha256: String, base64: UnsafeRawBufferPointer) {
    self.sha256 = sha256
    self.base64 = base64
  }
}

/// Base64 (RFC 4648 §4), read strictly: each text stands for bytes that are written as that text and
/// no other.
public enum Base64 {
  private static let stranger: UInt8 = 0xFF

  private static let values: [UInt8] = {
    var values = [UInt8](repeating: stranger, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, letter) in alphabet.utf8.enumerated() { values[Int(letter)] = UInt8(value) }
    return values
  }()

  /// The bytes that a text stands for; nil when it is empty or not base64.
  public static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
    guard text.count >= 4, text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    let letters = text.count - padding
    let size = text.count / 4 * 3 - padding
    var isSound = true
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      isSound = decode(UnsafeRawBufferPointer(rebasing: text[..<letters]), into: buffer)
      count = isSound ? size : 0
    }
    return isSound ? bytes : nil
  }

  private static func decode(
    _ letters: UnsafeRawBufferPointer, into bytes: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    values.withUnsafeBufferPointer { values in
      var (bits, held, place) = (0 as UInt32, 0, 0)
      for letter in letters {
        let value = values[Int(letter)]
        guard value != stranger else { return false }
        bits = bits << 6 | UInt32(value)
        held += 6
        guard held >= 8 else { continue }
        held -= 8
        bytes[place] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
        place += 1
      }
      return bits & (1 << UInt32(held) - 1) == 0
    }
  }
}
