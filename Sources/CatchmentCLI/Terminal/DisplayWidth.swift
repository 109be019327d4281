extension String {
  /// How many columns of a terminal it takes.
  var displayWidth: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }

  /// Its beginning, with `…` where it is cut.
  func cut(to width: Int) -> String {
    guard displayWidth > width else { return self }
    var taken = ""
    var used = 0
    for character in self {
      used += character.displayWidth
      if used > width - 1 { break }
      taken.append(character)
    }
    return taken + "…"
  }

  func padded(to width: Int, onLeft: Bool = false) -> String {
    let space = String(repeating: " ", count: max(width - displayWidth, 0))
    return onLeft ? space + self : self + space
  }
}

extension Character {
  /// 0 for marks, 2 for East Asian wide letters and pictures, else 1.
  fileprivate var displayWidth: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    switch scalar.value {
    case ..<0x300: return 1
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }
}
