/// The dates of HTTP's headers (RFC 9110 §5.6.7): `Thu, 25 Apr 2024 09:22:53 GMT`.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// In microseconds since 1970; nil for what is no such date.
  static func parse(_ text: String) -> Int64? {
    let parts = text.split(separator: " ")
    guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2]))
    else { return nil }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    var iso = "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z"
    return iso.withUTF8 { Timestamp.parse(UnsafeRawBufferPointer($0)) }
  }
}
