internal import CatchmentEngine
internal import DuckDB
internal import Foundation

/// Values as text that is the same whichever database they come from.
struct FollowerRows {
  /// Whether text is escaped as PostgreSQL needs it.
  let isEscaped: Bool

  /// A value of the home's warehouse.
  static func text(_ value: Value, _ type: LogicalType) -> String {
    switch value {
    case .null: "NULL"
    case .boolean(let flag): "\(flag)"
    case .text(let text): type == .json ? json(text, isEscaped: false) : text
    case .timestampTZ(let micros), .timestamp(let micros): "\(micros) µs"
    case .date(let days): "\(Int64(days) * 86_400_000_000) µs"
    case .double(let number): "\((number * 1e9).rounded() / 1e9)"
    case .list(let elements): elements.map(\.description).joined(separator: ",")
    default: value.description
    }
  }

  /// A value of a follower, as its own client prints it.
  func text(_ text: String?, _ type: LogicalType) throws -> String {
    guard let text else { return "NULL" }
    switch type {
    case .boolean: return ["t", "true", "1"].contains(text) ? "true" : "false"
    case .double: return "\(((Double(text) ?? .nan) * 1e9).rounded() / 1e9)"
    case .json: return Self.json(text, isEscaped: isEscaped)
    case .timestampTZ, .timestamp, .date: return "\(try Self.micros(text)) µs"
    case .list: return text.filter { !"{}[]\" ".contains($0) }
    case .varchar: return isEscaped ? Self.unescaped(text) : text
    default: return text
    }
  }

  /// `2026-03-01 10:00:00.5+00`, or with a `T` and a `Z`.
  private static func micros(_ text: String) throws -> Int64 {
    let parts = text.split { !$0.isNumber }
    let numbers = parts.compactMap { Int64($0) }
    guard numbers.count >= 3 else { throw TestFailure("no point in time: \(text)") }
    var day = DateComponents()
    day.year = Int(numbers[0])
    day.month = Int(numbers[1])
    day.day = Int(numbers[2])
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let date = calendar.date(from: day) ?? .distantPast
    var micros = Int64(date.timeIntervalSince1970) * 1_000_000
    guard numbers.count >= 6 else { return micros }
    micros += (numbers[3] * 3600 + numbers[4] * 60 + numbers[5]) * 1_000_000
    guard text.contains("."), parts.count > 6 else { return micros }
    let fraction = parts[6].padding(toLength: 6, withPad: "0", startingAt: 0)
    return micros + (Int64(fraction) ?? 0)
  }

  // MARK: JSON

  /// With keys in order and numbers as numbers; what cannot be read so stays as it is.
  private static func json(_ text: String, isEscaped: Bool) -> String {
    do {
      let value = try JSONSerialization.jsonObject(
        with: Data(text.utf8), options: .fragmentsAllowed)
      if isEscaped, let object = value as? [String: String], object.count == 1,
        let whole = object[escape]
      {
        return json(unescaped(whole), isEscaped: false)
      }
      let data = try JSONSerialization.data(
        withJSONObject: isEscaped ? plain(value) : value,
        options: [.sortedKeys, .fragmentsAllowed])
      return String(decoding: data, as: UTF8.self)
    } catch {
      return text
    }
  }

  private static func plain(_ value: Any) -> Any {
    switch value {
    case let text as String: unescaped(text)
    case let list as [Any]: list.map(plain)
    case let object as [String: Any]:
      Dictionary(object.map { (unescaped($0.key), plain($0.value)) }) { $1 }
    default: value
    }
  }

  private static let escape = "\u{241B}"

  private static func unescaped(_ text: String) -> String {
    var plain = String.UnicodeScalarView()
    var isEscape = false
    for scalar in text.unicodeScalars {
      if isEscape {
        plain.append(scalar == "0" ? "\0" : scalar)
        isEscape = false
      } else if scalar == "\u{241B}" {
        isEscape = true
      } else {
        plain.append(scalar)
      }
    }
    return String(plain)
  }
}
