/// What a text stands for, beyond its type.
public enum SemanticKind: String, Sendable, Hashable, CaseIterable {
  case email, url, phone, uuid
  case creditCard = "credit_card"
  case ssn, iban, isbn, ipv4, ipv6
  case coordinates, latitude, longitude
  case countryCode = "country_code"
  case postalCode = "postal_code"

  /// Whether its values are of persons or their money, and are shown nowhere.
  public var isSensitive: Bool {
    switch self {
    case .email, .phone, .creditCard, .ssn, .iban: true
    default: false
    }
  }

  /// What is looked at, in words.
  public var test: String {
    switch self {
    case .email: "are e-mail addresses"
    case .url: "are URLs"
    case .phone: "are telephone numbers"
    case .uuid: "are UUIDs"
    case .creditCard: "have a card's length, beginning and Luhn digit"
    case .ssn: "are US social security numbers of groups that are given out"
    case .iban: "are IBANs whose digits come to 1 modulo 97"
    case .isbn: "are ISBNs with the right check digit"
    case .ipv4: "are IPv4 addresses"
    case .ipv6: "are IPv6 addresses"
    case .coordinates: "are a latitude and a longitude"
    case .latitude: "are numbers from -90 to 90"
    case .longitude: "are numbers from -180 to 180"
    case .countryCode: "are ISO 3166 codes of countries"
    case .postalCode: "look like postal codes"
    }
  }

  /// Words of a column's name that say that it is meant.
  var hints: [String] {
    switch self {
    case .email: ["email", "mail"]
    case .url: ["url", "link", "website", "homepage"]
    case .phone: ["phone", "tel", "mobile", "fax", "telephone"]
    case .uuid: ["uuid", "guid"]
    case .creditCard: ["card", "pan", "creditcard"]
    case .ssn: ["ssn", "social"]
    case .iban: ["iban"]
    case .isbn: ["isbn"]
    case .ipv4, .ipv6: ["ip", "ipv4", "ipv6", "host", "address"]
    case .coordinates: ["coordinates", "location", "position", "latlon", "latlng", "geo"]
    case .latitude: ["lat", "latitude"]
    case .longitude: ["lon", "lng", "long", "longitude"]
    case .countryCode: ["country", "nation"]
    case .postalCode: ["zip", "postal", "postcode", "plz", "zipcode"]
    }
  }

  /// Whether the values alone prove nothing: a column must be called so, too.
  var needsHint: Bool {
    switch self {
    case .latitude, .longitude, .postalCode, .countryCode: true
    default: false
    }
  }

  /// Whether a column's name has a word for it: `home_email`, `shipping ZIP`, `zipCode`.
  func isHinted(by name: String) -> Bool {
    let words = Self.words(of: name)
    return hints.contains { hint in words.contains(hint) }
  }

  /// The words of a name and those of two that stand together, in lower case.
  private static func words(of name: String) -> [String] {
    var words = [""]
    var wasLower = false
    for character in name {
      let startsWord = character.isUppercase && wasLower
      if startsWord || !character.isLetter && !character.isNumber { words.append("") }
      if character.isLetter || character.isNumber {
        words[words.count - 1] += character.lowercased()
      }
      wasLower = character.isLowercase
    }
    words.removeAll(where: \.isEmpty)
    return words + zip(words, words.dropFirst()).map { $0 + $1 }
  }
}
