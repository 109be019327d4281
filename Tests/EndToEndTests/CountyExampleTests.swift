import DuckDB
import Foundation
import Testing

/// The example of a county's property data, with archives that its own generator makes.
@Suite struct `A county's property data` {
  private let county: County
  private var work: String { county.path }

  init() throws { county = try County() }

  private func run(year: Int = 2024, _ more: String...) throws -> [String: [String: Int]] {
    let outcome = try tried(year, more)
    try #require(outcome.status == 0, "\(outcome.errors)")
    let reports = outcome.objects.compactMap { report -> (String, [String: Int])? in
      guard let name = report["pipeline"] as? String,
        let records = report["records"] as? [String: Int]
      else { return nil }
      return (name, records)
    }
    return Dictionary(uniqueKeysWithValues: reports)
  }

  private func tried(_ year: Int, _ more: [String]) throws -> Program.Outcome {
    try Program.run(county.arguments(source: "\(work)/data", year: year) + more)
  }

  private func query(_ sql: String) throws -> [[String]] {
    let database = try Database(path: "\(work)/hcad.duckdb", options: .init(readOnly: true))
    return try database.connect().query(sql).rows().map { $0.map(\.description) }
  }

  @Test func `is parsed by layouts, typed and merged, and only what changed is loaded again`()
    throws
  {
    defer { county.remove() }
    try county.make("--accounts", "60")
    let first = try run()
    #expect(first["hcad_property_records"]?["loaded"] == 60)
    #expect(first["hcad_owners"]?["loaded"] == 120)
    #expect(first["hcad_extra_features"]?["loaded"] == 120)
    #expect(first.count == 11)
    #expect(first.values.allSatisfy { $0["dead_lettered"] == 0 })
    #expect(
      try query(
        """
        SELECT count(*), count(DISTINCT acct), min(length(acct)), count(*) FILTER (notice_dt < DATE '1900-01-01'),
          bool_or(mailto = 'PEÑA JOSÉ'), typeof(min(land_val)), bool_or(mailto = 'THE "OAK" TRUST')
        FROM property_records
        """) == [["60", "60", "13", "0", "true", "BIGINT", "true"]])

    let part = try run(year: 2024, "--only", "owners,land")
    #expect(part.keys.sorted() == ["hcad_land", "hcad_owners"])
    let misspelt = try tried(2024, ["--only", "ownrs"])
    #expect(misspelt.status == 2)
    #expect(misspelt.output.contains(#"write \"owners\""#), "\(misspelt.output)")
    let again = try run()
    #expect(again.values.allSatisfy { $0["read"] == 0 })

    try county.make("--accounts", "60", "--changed", "10")
    let later = try run()
    #expect(later["hcad_property_records"]?["updated"] == 6)
    #expect(later["hcad_property_records"]?["duplicate"] == 54)
    #expect(later["hcad_land"]?["loaded"] == 0)
  }
}
