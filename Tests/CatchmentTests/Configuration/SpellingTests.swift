import Catchment
import Testing

@Suite struct `A misspelt name` {
  @Test(arguments: [
    ("stratgy", "strategy"), ("strategy_", "strategy"), ("fitler", "filter"), ("SQL", "sql"),
  ])
  func `is taken for the nearest one`(written: String, meant: String) {
    #expect(Spelling.nearest(to: written, among: ["strategy", "filter", "sql"]) == meant)
  }

  @Test func `is taken for none that is far away`() {
    #expect(Spelling.nearest(to: "column", among: ["strategy", "filter"]) == nil)
    #expect(Spelling.nearest(to: "x", among: []) == nil)
  }
}
