internal import Catchment
internal import Foundation

/// A letter of plain text (RFC 5322), in characters that every server passes on.
struct MailMessage {
  var from: String
  var to: [String]
  var subject: String
  var text: String
  /// Microseconds since 1970.
  var at: Int64
  var id = UUID().uuidString.lowercased()
  var headers: [(name: String, value: String)] = []

  /// The letter as it is sent, lines ended by CR and LF, without the point that ends it.
  var bytes: [UInt8] {
    let domain = from.split(separator: "@").last ?? "localhost"
    var head = [
      "From: <\(from)>", "To: \(to.map { "<\($0)>" }.joined(separator: ",\r\n "))",
      "Subject: \(Self.encoded(subject))", "Date: \(Self.date(at))",
      "Message-ID: <\(id)@\(domain)>", "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
      // So that nobody's absence is told to a program.
      "Auto-Submitted: auto-generated",
    ]
    head += headers.map { "\($0.name): \(Self.encoded($0.value))" }
    let body = text.split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { Self.quotedPrintable(Array($0.utf8)) }
    return Array((head + [""] + body).joined(separator: "\r\n").utf8) + Array("\r\n".utf8)
  }

  /// With a second point where a line begins with one, for one alone ends a letter (RFC 5321 §4.5.2).
  static func stuffed(_ letter: [UInt8]) -> [UInt8] {
    var stuffed: [UInt8] = []
    stuffed.reserveCapacity(letter.count + 64)
    var isAtStart = true
    for byte in letter {
      if isAtStart, byte == UInt8(ascii: ".") { stuffed.append(byte) }
      stuffed.append(byte)
      isAtStart = byte == UInt8(ascii: "\n")
    }
    return stuffed
  }

  private static func date(_ moment: Int64) -> String {
    HTTPDate.text(moment / 1_000_000).replacing("GMT", with: "+0000")
  }

  // MARK: Encodings

  private static let longestLine = 76

  /// A header's text: as it is, or in words of Base64 when there is more in it than printable ASCII
  /// (RFC 2047), so that no line break of it begins another header.
  static func encoded(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
    guard !isPlain || text.contains("=?") || text.utf8.count > longestLine - 10 else { return text }
    var words: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(String(scalar).utf8)
      // So that a line has 76 characters with the header's name and what is around a word.
      if words[words.count - 1].count + bytes.count > 36 { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
  }

  /// A line in lines of 76 characters of ASCII (RFC 2045 §6.7).
  static func quotedPrintable(_ line: [UInt8]) -> [String] {
    var lines = [""]
    for (place, byte) in line.enumerated() {
      let isLast = place == line.count - 1
      let isPlain = (0x21..<0x7f).contains(byte) && byte != UInt8(ascii: "=")
      let isBlank = byte == UInt8(ascii: " ") && !isLast
      let text =
        isPlain || isBlank
        ? String(UnicodeScalar(byte)) : "=\(Hex.text(CollectionOfOne(byte)).uppercased())"
      if lines[lines.count - 1].utf8.count + text.utf8.count >= longestLine {
        lines[lines.count - 1] += "="
        lines.append("")
      }
      lines[lines.count - 1] += text
    }
    return lines
  }
}
