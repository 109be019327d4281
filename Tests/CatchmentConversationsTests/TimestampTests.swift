import Testing

@testable import CatchmentConversations

@Suite struct `A timestamp` {
  private func parse(_ text: String) -> Int64? {
    Array(text.utf8).withUnsafeBytes { Timestamp.parse($0) }
  }

  /// The time 2026-03-01T10:00:00Z.
  private static let base: Int64 = 1_772_359_200_000_000

  @Test(arguments: [
    ("2026-03-01T10:00:00Z", 0), ("2026-03-01T10:00:00.000Z", 0), ("2026-03-01t10:00:00z", 0),
    ("2026-03-01 10:00:00", 0), ("2026-03-01T10:00:00", 0), ("2026-03-01T10:00Z", 0),
    ("2026-03-01T10:00:00.5Z", 500_000), ("2026-03-01T10:00:00,25Z", 250_000),
    ("2026-03-01T10:00:00.123456Z", 123_456), ("2026-03-01T10:00:00.123456789Z", 123_456),
    ("2026-03-01T12:00:00+02:00", 0), ("2026-03-01T12:00:00+0200", 0),
    ("2026-03-01T12:00:00+02", 0), ("2026-03-01T04:30:00-05:30", 0),
    ("2026-03-02T00:00:00+14:00", 0), ("2026-02-28T22:00:00-12:00", 0),
    ("2026-03-01T09:59:60Z", 0), ("2026-03-01", -36_000_000_000),
    ("2024-02-29T10:00:00Z", -63_158_400_000_000),
  ])
  func `is read from text with any zone and fraction`(text: String, offset: Int64) {
    #expect(parse(text) == Self.base + offset)
  }

  @Test(arguments: [
    "", "yesterday", "2026", "2026-3-1", "2026-13-01", "2026-00-01", "2026-02-29", "2026-02-30",
    "2026-04-31", "2026-03-01T", "2026-03-01T24:00:00Z", "2026-03-01T10:60:00Z",
    "2026-03-01T10:00:61Z", "2026-03-01T10:00:00.Z", "2026-03-01T10:00:00+25:00",
    "2026-03-01T10:00:00Zulu", "2026-03-01T10:00:00 Z", "0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z", "1989-12-31T23:59:59Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
    "２026-03-01",
  ])
  func `is refused when it is none, or absurd`(text: String) {
    #expect(parse(text) == nil)
  }

  @Test(arguments: [1_772_359_200, 1_772_359_200_000, 1_772_359_200_000_000, 1.7723592e18])
  func `is told by the size of a number`(number: Double) {
    #expect(Timestamp.parse(number) == Self.base)
  }

  @Test func `keeps the fraction of a number`() {
    #expect(Timestamp.parse(1_772_359_200.25) == Self.base + 250_000)
  }

  @Test(arguments: [0, -1, .nan, .infinity, -.infinity, 1, 1e300, 1e11, 5e8, 4.2e9, 1e19])
  func `is refused when a number is absurd`(number: Double) {
    #expect(Timestamp.parse(number) == nil)
  }

  @Test func `is exact at both ends of what is plausible`() {
    #expect(parse("1990-01-01T00:00:00Z") == 631_152_000_000_000)
    #expect(parse("2099-12-31T23:59:59.999999Z") == 4_102_444_799_999_999)
  }
}
