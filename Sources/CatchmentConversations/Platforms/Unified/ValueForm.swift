internal import DuckDB
internal import JSONTape

/// What the value of a member must be: the few forms that the unified schema's members have.
indirect enum ValueForm {
  case anything
  case text
  case flag
  case number
  /// A whole number within bounds, however it is written.
  case whole(ClosedRange<Int128>)
  case uuid
  case instant
  /// One of some texts.
  case word([String])
  case list(ValueForm)
  case object(ObjectForm)
  /// An object whose `type`, if it has one, is a text.
  case block
  case orNull(ValueForm)

  func accepts(_ value: JSONValue) -> Bool {
    switch self {
    case .anything: true
    case .text: value.kind == .string
    case .flag: value.kind == .boolean
    case .number: value.isNumber
    case .whole(let bounds): value.wholeNumber.map(bounds.contains) ?? false
    case .uuid: value.text?.isUUID ?? false
    case .instant: value.text?.isInstant ?? false
    case .word(let words):
      value.text.map { text in words.contains { text.bytes.elementsEqual($0.utf8) } } ?? false
    case .list(let element):
      value.kind == .array && value.elements.allSatisfy(element.accepts)
    case .object(let form): form.accepts(value)
    case .block: value.isBlock
    case .orNull(let form): value.isNull || form.accepts(value)
    }
  }
}

/// What an object must be: these members, each in its form, and no other.
final class ObjectForm {
  private let names: [String]
  private let forms: [ValueForm]
  private let places: [String: Int]

  init(_ members: [(name: String, form: ValueForm)]) {
    names = members.map(\.name)
    forms = members.map(\.form)
    places = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
  }

  func accepts(_ value: JSONValue) -> Bool {
    guard value.kind == .object else { return false }
    var isThere = [Bool](repeating: false, count: names.count)
    var next = 0
    for (key, member) in value.members {
      guard let place = place(of: key, next), forms[place].accepts(member) else { return false }
      isThere[place] = true
      next = place + 1
    }
    return !isThere.contains(false)
  }

  /// Members mostly come in the order of the form.
  private func place(of key: JSONText, _ next: Int) -> Int? {
    if next < names.count, key.bytes.elementsEqual(names[next].utf8) { return next }
    return places[String(key)]
  }
}

extension JSONValue {
  fileprivate var isNumber: Bool {
    switch kind {
    case .integer, .unsignedInteger, .bigInteger, .double: true
    default: false
    }
  }

  /// The value of a number that is whole, which `1.0` and `2e3` are too; nil for what is none, and
  /// beyond 38 digits, where nothing of ours is.
  var wholeNumber: Int128? {
    if let number = int64 { return Int128(number) }
    if let number = uint64 { return Int128(number) }
    return numberText.flatMap { WholeNumber.value(of: $0.bytes) }
  }
}

/// Whole numbers that are written in another way than programs write them.
enum WholeNumber {
  /// The value of a JSON number, exactly; nil when it has a fraction or is beyond 38 digits.
  static func value(of text: Slice) -> Int128? {
    let parts = text.split(omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
    guard let mantissa = parts.first, let exponent = exponent(parts.dropFirst().first) else {
      return nil
    }
    let isNegative = mantissa.first == UInt8(ascii: "-")
    let point = mantissa.firstIndex(of: UInt8(ascii: ".")) ?? mantissa.endIndex
    var digits = mantissa.filter { (0x30...0x39).contains($0) }.map { $0 - 0x30 }
    var scale = exponent - max(mantissa.endIndex - point - 1, 0)
    while let last = digits.last, last == 0 {
      digits.removeLast()
      scale += 1
    }
    let significant = digits.drop { $0 == 0 }
    if significant.isEmpty { return 0 }
    guard scale >= 0, significant.count + scale <= 38 else { return nil }
    let value = (Array(significant) + Array(repeating: 0, count: scale))
      .reduce(0 as Int128) { $0 * 10 + Int128($1) }
    return isNegative ? -value : value
  }

  /// Nil for one so large that only nought could have it; nought's is of no matter.
  private static func exponent(_ text: Slice.SubSequence?) -> Int? {
    guard let text else { return 0 }
    let digits = String(decoding: text, as: UTF8.self)
    let number = Int(digits.drop { $0 == "+" }) ?? (digits.hasPrefix("-") ? -.max : .max)
    return min(max(number, -1 << 40), 1 << 40)
  }
}

extension JSONText {
  private static let uuidShape = Array("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh".utf8)
  private static let instantShape = Array("dddd-dd-ddTdd:dd:dd.ddddddZ".utf8)

  /// A UUID as it is written here: in lowercase, with hyphens.
  var isUUID: Bool { fits(Self.uuidShape) }

  /// A time as it is written here: in UTC, to the microsecond.
  var isInstant: Bool { fits(Self.instantShape) }

  /// Whether it has a shape's marks, digits where that has `d` and hexadecimal ones where it has `h`.
  private func fits(_ shape: [UInt8]) -> Bool {
    guard count == shape.count else { return false }
    return zip(bytes, shape).allSatisfy { byte, mark in
      switch mark {
      case UInt8(ascii: "d"): (0x30...0x39).contains(byte)
      case UInt8(ascii: "h"): (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
      default: byte == mark
      }
    }
  }
}
