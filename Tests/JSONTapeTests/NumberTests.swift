import Testing

@testable import JSONTape

@Suite struct `A number` {
  struct Integer: Sendable, CustomTestStringConvertible {
    var text: String
    var kind: JSONValue.Kind
    var int64: Int64?
    var uint64: UInt64?
    var double: Double
    var testDescription: String { text }
  }

  static let integers = [
    Integer(text: "0", kind: .integer, int64: 0, uint64: 0, double: 0),
    Integer(text: "-0", kind: .integer, int64: 0, uint64: 0, double: 0),
    Integer(text: "-1", kind: .integer, int64: -1, uint64: nil, double: -1),
    Integer(
      text: "9223372036854775807", kind: .integer, int64: .max, uint64: UInt64(Int64.max),
      double: 0x1p63),
    Integer(
      text: "-9223372036854775808", kind: .integer, int64: .min, uint64: nil, double: -0x1p63),
    Integer(
      text: "9223372036854775808", kind: .unsignedInteger, int64: nil, uint64: 1 << 63,
      double: 0x1p63),
    Integer(
      text: "18446744073709551615", kind: .unsignedInteger, int64: nil, uint64: .max,
      double: 0x1p64),
    Integer(
      text: "18446744073709551616", kind: .bigInteger, int64: nil, uint64: nil, double: 0x1p64),
    Integer(
      text: "-9223372036854775809", kind: .bigInteger, int64: nil, uint64: nil, double: -0x1p63),
    Integer(
      text: "1" + String(repeating: "0", count: 400), kind: .bigInteger, int64: nil, uint64: nil,
      double: .infinity),
  ]

  /// Alone, inside containers, and in a document that simdjson refuses for another number's sake.
  @Test(arguments: integers, ["", "[1, ", "{\"a\": [] , \"b\" : ", "[1e999,"])
  func `is exact if it is whole`(integer: Integer, before: String) throws {
    let after = before.hasPrefix("[") ? "\n]" : before.isEmpty ? " " : "}"
    try withJSON(before + integer.text + after) { document in
      let last = document.elements.reduce(document.members.reduce(document) { $1.value }) { $1 }
      #expect(last.kind == integer.kind)
      #expect(last.int64 == integer.int64)
      #expect(last.uint64 == integer.uint64)
      #expect(last.double == integer.double)
      #expect(last.numberText.map { String($0) } == integer.text)
    }
  }

  @Test(arguments: [
    ("1.0", 1), ("1e3", 1000), ("-0.0", -0.0), ("0.1", 0.1),
    ("1.7976931348623157e308", 0x1.fffffffffffffp1023),
    ("5e-324", Double.leastNonzeroMagnitude), ("1e-999", 0), ("1e999", .infinity),
    ("-1E+999", -.infinity),
    ("123456789012345678901234567890.5", 123456789012345678901234567890.5),
  ])
  func `is the nearest double if it is not whole`(text: String, double: Double) throws {
    try withJSON("[1e999, \(text) ]") { array in
      let value = try #require(array.elements.dropFirst().first { _ in true })
      #expect(value.kind == .double)
      #expect(value.double?.bitPattern == double.bitPattern)
      #expect(value.int64 == nil)
      #expect(value.numberText.map { String($0) } == text)
    }
    try withJSON(text) { #expect($0.double?.bitPattern == double.bitPattern) }
  }

  @Test(arguments: ["1", "true", "null", "\"1\"", "[1]"])
  func `is only got from a number`(text: String) throws {
    try withJSON(text) { value in
      #expect((value.numberText != nil) == (text == "1"))
      #expect((value.double != nil) == (text == "1"))
      #expect((value.boolean == true) == (text == "true"))
      #expect(value.isNull == (text == "null"))
    }
  }
}
