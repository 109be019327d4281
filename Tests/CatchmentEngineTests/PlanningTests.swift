import Catchment
import CatchmentTesting
import DuckDB
import Testing

@testable import CatchmentEngine

@Suite struct `A set of keys` {
  @Test func `agrees with a plain set`() {
    var random = SeededRandom(seed: 3)
    let keys = KeySet()
    var model: Set<UInt64> = []
    for round in 0..<3_000 {
      let group = ContiguousArray(
        (0..<random.below(8)).map { _ in
          // Some small, with 0 and 1 among them; some that share their low or their high bits.
          switch random.below(4) {
          case 0: UInt64(random.below(2_000))
          case 1: UInt64(random.below(64)) << 44
          default: random.next()
          }
        })
      // 0 and 1 are the same to it: the one stands for the other.
      let stored = group.map { $0 == 0 ? 1 : $0 }
      if round % 3 == 0 {
        keys.insert(group)
      } else {
        #expect(keys.admit(group) == model.isDisjoint(with: stored))
      }
      model.formUnion(stored)
    }
  }
}

@Suite struct `The plan of an import` {
  private static func unit(_ path: String, size: Int64 = 10, modified: Int64 = 1) -> Unit {
    Unit(source: "s", path: path, fingerprint: .init(size: size, modified: modified))
  }

  private static func marker(_ unit: Unit, isPresent: Bool = true) -> ImportPlan.Marker {
    .init(
      source: "s", path: unit.path, fingerprint: unit.fingerprint,
      cursor: Cursor(generation: 0, offset: 5, lines: 2, prefixDigest: [1]), isPresent: isPresent)
  }

  @Test func `takes what is new and what changed, and leaves the rest`() {
    let same = Self.unit("/a/same")
    let grown = Self.unit("/a/grown", size: 20)
    let touched = Self.unit("/a/touched", modified: 2)
    let back = Self.unit("/a/back")
    let fresh = Self.unit("/a/fresh")
    let plan = ImportPlan(
      Discovery(units: [same, grown, touched, back, fresh]),
      markers: [
        same.id: Self.marker(same), grown.id: Self.marker(Self.unit("/a/grown")),
        touched.id: Self.marker(Self.unit("/a/touched")),
        back.id: Self.marker(back, isPresent: false),
      ], roots: ["/a"])
    #expect(plan.new == [fresh])
    #expect(plan.changed.map(\.unit) == [grown, touched, back])
    #expect(plan.changed.allSatisfy { $0.cursor.offset == 5 })
    #expect(plan.unchanged == 1)
    #expect(plan.planned == 5)
    #expect(plan.vanished == [])
  }

  @Test(arguments: [
    (["/a"], ["/a/x"]), (["/a/x"], ["/a/x"]), (["/a", "/b"], ["/a/x", "/b/y"]), (["/c"], []),
    ([], []),
    (["/a/"], []),
  ])
  func `misses only what lay under the places it looked at`(roots: [String], gone: [String]) {
    let units = ["/a/x", "/ab/z", "/b/y"].map { Self.unit($0) }
    let markers = Dictionary(uniqueKeysWithValues: units.map { ($0.id, Self.marker($0)) })
    let plan = ImportPlan(Discovery(), markers: markers, roots: roots)
    #expect(Set(plan.vanished) == Set(gone.map { Self.unit($0).id }))
  }

  @Test func `calls nothing gone when a place could not be read`() {
    let unit = Self.unit("/a/x")
    let plan = ImportPlan(
      Discovery(problems: [CatchmentError(.sourceUnavailable, "closed")]),
      markers: [unit.id: Self.marker(unit)], roots: ["/a"])
    #expect(plan.vanished == [])
  }
}
