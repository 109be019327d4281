import Catchment
import CatchmentTransforms
import DuckDB
import Testing

@Suite struct `A cast to a decimal` {
  @Test(arguments: [
    ("'1.50'", true), ("'1.5000'", true), ("'1.505'", false), ("'.125'", false),
    ("'-0.001'", false),
    ("'15e-1'", true), ("'1505e-3'", false), ("'7'", true), ("'1e2'", true), ("'x'", false),
    ("0.1::DOUBLE", true), ("0.1::FLOAT", true), ("0.125::DOUBLE", false),
    ("12345678.9::DOUBLE", true),
    ("1.50::DECIMAL(10,3)", true), ("1.505::DECIMAL(10,3)", false), ("7::INTEGER", true),
    ("NULL::VARCHAR", true), ("'123456789.1'", false),
  ])
  func `takes what loses no digits, and rounds when it may`(value: String, isTaken: Bool) throws {
    let bench = try Workbench()
    let input = try bench.table("SELECT \(value) AS n")
    let exact = try Cast(["n": "DECIMAL(10,2)"]).apply(to: input, in: bench)
    #expect(exact.counts.passed == (isTaken ? 1 : 0))
    let fits = try bench.query(
      "SELECT n IS NULL OR TRY_CAST(n AS DECIMAL(10,2)) IS NOT NULL FROM \(input.sql)")
    let rounded = try Cast(["n": .init("DECIMAL(10,2)", rounds: true)]).apply(to: input, in: bench)
    #expect((rounded.counts.passed == 1) == (fits.first?.first?.boolean == true))
  }

  @Test func `is said in a configuration as it is`() throws {
    let target = Cast.Target("DECIMAL(10,2)", rounds: true)
    #expect(try Cast.Target(target.setting) == target)
  }
}
