extension Value: CustomStringConvertible {
  /// As DuckDB casts it to text: dates in ISO form, `NULL` for null.
  public var description: String {
    switch self {
    case .null: "NULL"
    case .boolean(let flag): flag ? "true" : "false"
    case .integer(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .hugeInteger(let high, let low): "\(Int128(high: high, low: low))"
    case .unsignedHugeInteger(let high, let low): "\(UInt128(high) << 64 | UInt128(low))"
    case .float(let number): "\(number)"
    case .double(let number): "\(number)"
    case .decimal(let text), .text(let text), .enumeration(let text): text
    case .blob(let bytes): Self.escaped(bytes)
    case .uuid(let uuid): "\(uuid)"
    case .list(let values): "[\(values.map(\.nested).joined(separator: ", "))]"
    case .structure(let fields): "{\(fields.map(\.text).joined(separator: ", "))}"
    case .map(let entries): "{\(entries.map(\.text).joined(separator: ", "))}"
    default: temporal
    }
  }

  private var temporal: String {
    switch self {
    case .date(let days): Calendar.date(Int64(days), Int64(Int32.max))
    case .time(let micros): Calendar.time(micros)
    case .timeTZ(let micros, let offset): Calendar.time(micros) + Calendar.zone(offset)
    case .timestamp(let micros): Calendar.timestamp(micros)
    case .timestampNanoseconds(let nanos): Calendar.timestamp(nanos, perSecond: 1_000_000_000)
    case .timestampTZ(let micros): Calendar.timestamp(micros, zone: "+00")
    case .interval(let months, let days, let micros): Calendar.interval(months, days, micros)
    default: ""
    }
  }

  /// Bytes that are not plain ASCII are written `\x00`, as are quotes and the backslash.
  private static func escaped(_ bytes: [UInt8]) -> String {
    var text = ""
    for byte in bytes {
      if (32...126).contains(byte), byte != 34, byte != 39, byte != 92 {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        text += byte < 16 ? "\\x0\(digits)" : "\\x\(digits)"
      }
    }
    return text
  }

  /// Inside a list or a structure, text that could be misread stands between quotes.
  fileprivate var nested: String {
    guard case .text(let text) = self, text.needsQuotes else { return description }
    return "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }
}

extension Value.Field {
  fileprivate var text: String { "'\(name.replacing("'", with: "\\'"))': \(value.nested)" }
}

extension Value.Entry {
  fileprivate var text: String { "\(key.nested)=\(value.nested)" }
}

extension String {
  fileprivate var needsQuotes: Bool {
    if isEmpty || first == " " || last == " " || lowercased() == "null" { return true }
    return utf8.contains { #"{}[](),:='"\"#.utf8.contains($0) }
  }
}
