import Catchment
import DuckDB
import Testing

@Suite struct `A stable id` {
  /// Computed by Python: `uuid5(uuid5(NAMESPACE_DNS, "catchment.dev"), "platform:kind:native")`.
  @Test(arguments: [
    ("2ae54f4a-4758-4ab6-a31f-60a8ccfc2624", "726b357b-2201-550e-8f9e-19c2f21c33cd"),
    ("é🙂", "42d0f21b-9e0f-583b-a862-61f598db4258"),
  ])
  func `is the same on every machine`(native: String, id: String) {
    #expect(StableID(platform: "claude_code")("message", native).description == id)
  }

  @Test func `is a unit's, made from source and path`() {
    let unit = Unit(
      source: "claude_code", path: "/home/me/.claude/projects/a/b.jsonl",
      fingerprint: .init(size: 1, modified: 2))
    #expect(unit.id.description == "89341bc3-a8ba-5470-bcd9-8d2136d7b4eb")
  }

  @Test func `takes an empty name`() {
    #expect(
      StableID(platform: "x")("conversation", "").description
        == "5ff501b9-8078-5a3a-9981-d2992fc66f15")
  }

  @Test func `differs by platform and kind`() {
    let ids = [
      StableID(platform: "a")("message", "x"), StableID(platform: "b")("message", "x"),
      StableID(platform: "a")("unit", "x"), StableID(platform: "a")("message", "y"),
    ]
    #expect(Set(ids).count == 4)
  }
}
