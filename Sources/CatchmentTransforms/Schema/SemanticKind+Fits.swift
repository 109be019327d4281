extension SemanticKind {
  /// Whether a value is one; asked of all values of a column, so cheap where it is not.
  func fits(_ value: ValueText) -> Bool {
    switch self {
    case .email: value.ats == 1 && Self.isEmail(value)
    case .url: value.colons > 0 && value.slashes > 1 && Self.isURL(value)
    case .phone: (7...15).contains(value.digits) && value.letters == 0 && Self.isPhone(value)
    case .uuid: (32...38).contains(value.count) && Self.isUUID(value)
    case .creditCard: (13...19).contains(value.digits) && Self.isCard(value)
    case .ssn: value.count == 11 && value.digits == 9 && Self.isSSN(value)
    case .iban: (15...42).contains(value.count) && value.first.isUpper && Self.isIBAN(value)
    case .isbn: (9...13).contains(value.digits) && Self.isISBN(value)
    case .ipv4: value.dots == 3 && value.count <= 15 && Self.isIPv4(value.parts("."))
    case .ipv6: value.colons > 1 && value.count <= 45 && Self.isIPv6(value)
    case .coordinates: value.commas == 1 && value.dots == 2 && Self.isPlace(value)
    case .latitude: value.dots <= 1 && Self.isNumber(value, within: 90)
    case .longitude: value.dots <= 1 && Self.isNumber(value, within: 180)
    case .countryCode: value.count == 2 && value.letters == 2 && CountryCodes.contains(value.bytes)
    case .postalCode: (3...10).contains(value.count) && Self.isPostalCode(value)
    }
  }

  private static func isEmail(_ value: ValueText) -> Bool {
    let parts = value.parts("@")
    guard value.spaces == 0, let local = parts.first, let host = parts.last,
      (1...64).contains(local.count), value.count <= 254, local.first != UInt8(ascii: ".")
    else { return false }
    let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count > 1, labels.last.map({ $0.count > 1 && !$0.allSatisfy(\.isDigit) }) == true
    else { return false }
    return labels.allSatisfy(isLabel)
  }

  /// Letters of other alphabets are bytes above 127.
  private static func isLabel(_ label: Slice<UnsafeRawBufferPointer>) -> Bool {
    let hyphen = UInt8(ascii: "-")
    return (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
      && label.allSatisfy { $0.isDigit || $0.isLetter || $0 == hyphen || $0 > 127 }
  }

  private static func isURL(_ value: ValueText) -> Bool {
    let text = value.string.lowercased()
    guard value.spaces == 0,
      let scheme = ["https://", "http://", "ftp://"].first(where: text.hasPrefix)
    else { return false }
    let host = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
    return host.contains(".") && host.count > 3 || host.hasPrefix("localhost")
  }

  /// A country's plus or at least something between the digits: else every number would be one.
  private static func isPhone(_ value: ValueText) -> Bool {
    guard value.slashes < 2, value.colons == 0, value.commas == 0 else { return false }
    let hasPlus = value.first == UInt8(ascii: "+")
    let marks = value.bytes.dropFirst(hasPlus ? 1 : 0)
    guard marks.allSatisfy({ $0.isDigit || " ()-./".utf8.contains($0) }),
      !(value.hyphens == 2 && value.count == 10) && !(value.dots == 2 && value.count <= 10),
      value.dots != 1 || hasPlus
    else { return false }
    let between = value.spaces + value.hyphens + value.dots + value.slashes
    return hasPlus || between > 0 && value.first != UInt8(ascii: "-") && value.digits > 8
  }

  private static func isUUID(_ value: ValueText) -> Bool {
    var digits = 0
    for (place, byte) in value.bytes.enumerated() {
      if byte.isHexDigit { digits += 1; continue }
      let isBrace = (place == 0 || place == value.count - 1) && "{}".utf8.contains(byte)
      guard isBrace || byte == UInt8(ascii: "-") && [8, 12, 16, 20].contains(digits) else {
        return false
      }
    }
    return digits == 32 && value.hyphens == 4
  }

  /// By the beginnings that the large networks have, and their lengths.
  private static func isCard(_ value: ValueText) -> Bool {
    guard value.digits + value.spaces + value.hyphens == value.count else { return false }
    let digits = value.digitValues
    let four = digits.prefix(4).reduce(0) { $0 * 10 + $1 }
    let isIssued =
      switch four {
      case 4000...4999: [13, 16, 19].contains(digits.count)
      case 5100...5599, 2221...2720: digits.count == 16
      case 3400...3499, 3700...3799: digits.count == 15
      case 3000...3059, 3600...3699, 3800...3999: digits.count == 14
      case 3528...3589, 6011, 6440...6599: (16...19).contains(digits.count)
      default: false
      }
    return isIssued && Checksum.luhn(digits)
  }

  /// 000, 666 and 900 and above were never given out, nor were groups of zeros.
  private static func isSSN(_ value: ValueText) -> Bool {
    let parts = value.parts("-")
    guard parts.map(\.count) == [3, 2, 4] else { return false }
    let digits = value.digitValues
    let area = digits[0] * 100 + digits[1] * 10 + digits[2]
    return area > 0 && area != 666 && area < 900 && digits[3] + digits[4] > 0
      && digits[5...].contains { $0 > 0 }
  }

  private static func isIBAN(_ value: ValueText) -> Bool {
    let characters = value.bytes.filter { $0 != UInt8(ascii: " ") }
    guard (15...34).contains(characters.count), characters[1].isUpper, characters[2].isDigit,
      characters[3].isDigit
    else { return false }
    return Checksum.iban(characters)
  }

  private static func isISBN(_ value: ValueText) -> Bool {
    guard value.digits + value.hyphens + value.spaces + value.letters == value.count,
      value.letters <= 1
    else { return false }
    let values = value.bytes.compactMap { byte in
      byte.isDigit ? Int(byte) - 48 : (byte | 0x20) == UInt8(ascii: "x") ? 10 : nil
    }
    if values.count == 13, values[0] == 9, values[1] == 7, values[2] >= 8 {
      return Checksum.isbn13(values)
    }
    return Checksum.isbn10(values)
  }

  private static func isIPv4(_ parts: [Slice<UnsafeRawBufferPointer>]) -> Bool {
    parts.count == 4
      && parts.allSatisfy { part in
        guard (1...3).contains(part.count), part.allSatisfy(\.isDigit) else { return false }
        return part.reduce(0) { $0 * 10 + Int($1) - 48 } < 256
      }
  }

  /// Up to eight groups; two colons once stand for those that are left out.
  private static func isIPv6(_ value: ValueText) -> Bool {
    var groups = value.parts(":")
    let gaps = groups.indices.dropFirst().dropLast().count { groups[$0].isEmpty }
    let isOpen = groups.first?.isEmpty == true || groups.last?.isEmpty == true
    guard gaps <= (isOpen ? 2 : 1), gaps > 0 || !isOpen else { return false }
    var count = 0
    if value.dots == 3, let last = groups.popLast() {
      guard isIPv4(last.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false))
      else { return false }
      count = 2
    }
    for group in groups where !group.isEmpty {
      guard group.count <= 4, group.allSatisfy(\.isHexDigit) else { return false }
      count += 1
    }
    return gaps > 0 ? count < 8 : count == 8
  }

  private static func isPlace(_ value: ValueText) -> Bool {
    let parts = value.string.split(separator: ",").map { Double($0.filter { $0 != " " }) }
    guard parts.count == 2, let latitude = parts[0], let longitude = parts[1] else { return false }
    return abs(latitude) <= 90 && abs(longitude) <= 180
  }

  private static func isNumber(_ value: ValueText, within limit: Double) -> Bool {
    guard value.digits > 0, value.letters == 0, value.count <= 24, let number = Double(value.string)
    else { return false }
    return abs(number) <= limit
  }

  private static func isPostalCode(_ value: ValueText) -> Bool {
    value.digits > 0 && value.digits + value.letters + value.spaces + value.hyphens == value.count
      && value.letters <= 4 && value.spaces + value.hyphens <= 1
  }
}
