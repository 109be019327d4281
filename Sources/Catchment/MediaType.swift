/// What kind of file bytes are, told by how they begin and not by what anybody says of them.
public struct MediaType: Sendable, Hashable {
  /// As in `image/png`.
  public let name: String

  /// So many bytes are enough to tell.
  public static let signatureSize = 16

  /// Nil when no known signature is there, as with text.
  public init?(beginning bytes: some Sequence<UInt8>) {
    let head = Array(bytes.prefix(Self.signatureSize))
    func has(_ text: String, at place: Int = 0) -> Bool {
      head.dropFirst(place).starts(with: text.utf8)
    }
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      name = "image/png"
    } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      name = "image/jpeg"
    } else if has("GIF87a") || has("GIF89a") {
      name = "image/gif"
    } else if has("RIFF"), has("WEBP", at: 8) {
      name = "image/webp"
    } else if has("RIFF"), has("WAVE", at: 8) {
      name = "audio/wav"
    } else if has("%PDF-") {
      name = "application/pdf"
    } else if has("ftyp", at: 4) {
      name = Self.isoBrand(has)
    } else if has("OggS") {
      name = "audio/ogg"
    } else if has("fLaC") {
      name = "audio/flac"
    } else if has("ID3") || Self.isMPEGFrame(head) {
      name = "audio/mpeg"
    } else if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
      name = "video/webm"
    } else if head.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
      name = "application/zip"
    } else {
      return nil
    }
  }

  /// ISO 14496-12 §4.3: the major brand stands behind `ftyp`.
  private static func isoBrand(_ has: (String, Int) -> Bool) -> String {
    if has("M4A", 8) { return "audio/mp4" }
    if has("qt  ", 8) { return "video/quicktime" }
    if has("avif", 8) { return "image/avif" }
    return ["heic", "heix", "mif1"].contains { has($0, 8) } ? "image/heic" : "video/mp4"
  }

  /// The header of an MPEG audio frame of layer III.
  private static func isMPEGFrame(_ head: [UInt8]) -> Bool {
    head.count >= 3 && head[0] == 0xFF && [0xFB, 0xF3, 0xF2, 0xFA].contains(head[1])
      && head[2] >> 4 != 0xF && head[2] >> 4 != 0
  }
}
