/// Text that was read somewhere may hold commands for the terminal. Before it is shown, what a
/// terminal could obey is written as an escape.
extension String {
  /// For one line: line breaks become `\n` too.
  var safe: String { neutralized(keepingLines: false) }

  /// For several lines: line breaks and tabs stay.
  var safeLines: String { neutralized(keepingLines: true) }

  private func neutralized(keepingLines: Bool) -> String {
    guard unicodeScalars.contains(where: \.isControl) else { return self }
    var text = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\n" where keepingLines, "\t" where keepingLines: text.unicodeScalars.append(scalar)
      case "\r" where keepingLines: continue
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x100 && scalar.isControl: text += "\\x" + scalar.hexByte
      case _ where scalar.isControl: text += "\\u" + String(scalar.value, radix: 16)
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// Between quotes where a shell would need them.
  var shellQuoted: String {
    let isPlain =
      !isEmpty
      && utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "/._-+,:@%=~".utf8.contains(byte)
      }
    return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
  }
}

extension Unicode.Scalar {
  /// The C0 and C1 controls, DEL, and what turns the direction of writing.
  fileprivate var isControl: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
      true
    default: false
    }
  }

  /// Two hexadecimal digits, for a value below 256.
  var hexByte: String {
    let digits = String(value, radix: 16)
    return digits.count < 2 ? "0" + digits : digits
  }
}
