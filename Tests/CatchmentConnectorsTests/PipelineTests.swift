import Catchment
import CatchmentConnectors
import CatchmentTesting
import CatchmentTransforms
import DuckDB
import Foundation
import Testing

@testable import CatchmentEngine

@Suite struct `A pipeline` {
  private static let orders = """
    id,city,amount
    1,Bern,10
    2,Basel,20
    3,Bern,-5
    4,Bern,7

    """

  /// The rows of a table as text, sorted.
  private static func rows(_ file: String, _ sql: String) throws -> [String] {
    let database = try Database(path: file, options: .init(readOnly: true))
    return try database.connect().query(sql).rows()
      .map { $0.map(\.description).joined(separator: "|") }.sorted()
  }

  // MARK: The page

  @Test func `does what the documentation's example says`() async throws {
    let folder = try TemporaryDirectory()
    try folder.write(Self.orders, to: "orders.csv")
    let report = try await sumOfOrders(in: folder.path)
    #expect(report.run.status == .done)
    #expect(report.run.records.read == 4)
    #expect(report.run.records.filtered == 2)
    #expect(report.run.records.loaded == 2)
    #expect(
      try Self.rows("\(folder.path)/out.duckdb", "FROM sales") == ["Basel|20", "Bern|17"])
    #expect(try await sumOfOrders(in: folder.path).unitsSkipped == 1)
  }

  @Test func `is shown in the documentation as it is tested`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "Documentation/pipelines.md"), encoding: .utf8)
    let code = try String(
      contentsOf: root.appending(path: "Tests/CatchmentConnectorsTests/PipelineExample.swift"),
      encoding: .utf8)
    #expect(page.contains("```swift\n\(code)```"))
    #expect(page.contains("```\n\(Self.orders)```"))
  }

  // MARK: Units

  @Test func `loads each file once, and the rest of a folder when it comes`() async throws {
    let bed = try Bed(.append)
    try bed.files.write(Self.orders, to: "a.csv")
    #expect(try await bed.run().run.records.loaded == 4)
    try bed.files.write("id,city,amount\n5,Bern,1\n", to: "b.csv")
    let second = try await bed.run()
    #expect(second.unitsPlanned == 2)
    #expect(second.unitsSkipped == 1)
    #expect(second.run.records.loaded == 1)
    #expect(try bed.rows().count == 5)
    try bed.files.write("id,city,amount\n6,Bern,1\n", to: "b.csv")
    #expect(try await bed.run().run.records.loaded == 1)
    #expect(try bed.rows().count == 6)
  }

  @Test func `replaces by all files whenever one changes or goes`() async throws {
    let bed = try Bed(.replace)
    try bed.files.write(Self.orders, to: "a.csv")
    try bed.files.write("id,city,amount\n5,Bern,1\n", to: "b.csv")
    #expect(try await bed.run().run.records.loaded == 5)
    #expect(try await bed.run().unitsSkipped == 2)
    try bed.files.remove("a.csv")
    #expect(try await bed.run().run.records.loaded == 1)
    #expect(try bed.rows() == ["5|Bern|1"])
    #expect(try await bed.run().unitsSkipped == 1)
  }

  @Test func `keeps a file's bytes in the raw store before it reads them`() async throws {
    let bed = try Bed(.append)
    try bed.files.write(Self.orders, to: "a.csv")
    _ = try await bed.run()
    let kept = try Artifacts(home: bed.home).keep("\(bed.files.path)/a.csv")
    #expect(
      Array(try Data(contentsOf: URL(filePath: kept.path))) == Array(Self.orders.utf8))
    #expect(
      try Self.rows(bed.file, "SELECT sha256 FROM catchment.pipeline_units") == [kept.sha256])
  }

  @Test func `writes its runs and units into the state database`() async throws {
    let bed = try Bed(.append)
    try bed.files.write(Self.orders, to: "a.csv")
    let run = try await bed.run().run
    let state = try StateDatabase(path: bed.home.state)
    let runs = try state.runs(into: bed.pipeline.destination.location)
    #expect(runs.values.map(\.status) == [.done])
    #expect(runs.keys.first == run.id)
    #expect(try state.committedUnits(into: bed.pipeline.destination.location).count == 1)
    #expect(try bed.pipeline.runs(in: bed.home) == [run])
    try FileManager.default.removeItem(atPath: bed.file)
    let again = try await bed.run()
    #expect(
      again.notes == [
        "the destination does not know 1 run of the state database: it is an older copy or was "
          + "made anew; 1 file it lacks will be imported again"
      ])
    #expect(again.run.records.loaded == 4)
  }

  @Test func `commits nothing after another run took over`() async throws {
    let bed = try Bed(.append)
    try bed.files.write(Self.orders, to: "a.csv")
    let pipeline = Pipeline("orders").extract(.csv(bed.files.path))
      .transform(Overtaken(home: bed.home)).load(bed.destination)
    let error = await #expect(throws: CatchmentError.self) { try await pipeline.run(in: bed.home) }
    #expect(error?.code == .locked)
    #expect(try pipeline.runs(in: bed.home).map(\.status) == [.failed])
    #expect(try await bed.run().run.records.loaded == 4)
  }

  /// A step during which another process takes the lease.
  private struct Overtaken: Transform {
    let home: Home
    var name: String { "overtaken" }

    func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed {
      let state = try StateDatabase(path: home.state)
      _ = try Lease(taking: "orders", in: state, newest: 0, now: 0)
      return try Transformed(of: input, as: "FROM \(input.sql)", in: bench)
    }
  }

  // MARK: CSV

  @Test func `makes dead letters of rows that do not fit`() async throws {
    let bed = try Bed(.append)
    // The types are found out at the beginning; these come long after.
    let good = (1...30_000).map { "\($0),Bern,\($0)" }.joined(separator: "\n")
    try bed.files.write("id,city,amount\n\(good)\n7,Bern,many\n8,Bern\n9,Bern,9\n", to: "a.csv")
    let report = try await bed.run()
    #expect(report.run.status == .partial)
    #expect(report.run.records.read == 30_003)
    #expect(report.run.records.loaded == 30_001)
    #expect(report.run.records.deadLettered == 2)
    let letters = try Self.rows(
      bed.file,
      "SELECT line, error_code, record FROM catchment.pipeline_dead_letters")
    #expect(letters == ["30002|cast|7,Bern,many", "30003|missing_columns|8,Bern"])
  }

  @Test func `reads what is compressed, and nothing but tables`() async throws {
    let bed = try Bed(.append)
    try bed.files.write("not a table", to: "notes.txt")
    try Workbench().execute(
      "COPY (SELECT 1 AS id, 'Bern' AS city, 2 AS amount) TO '\(bed.files.path)/a.csv.gz'")
    #expect(try await bed.run().run.records.loaded == 1)
    #expect(try bed.rows() == ["1|Bern|2"])
  }

  @Test func `says that there is no file`() async throws {
    let bed = try Bed(.append)
    let pipeline = Pipeline("none").extract(.csv("/not/there.csv")).load(bed.destination)
    let error = await #expect(throws: CatchmentError.self) { try await pipeline.run(in: bed.home) }
    #expect(
      error?.description == """
        there is no file or directory /not/there.csv
          try: check the path; it is taken from the directory you are in
        """)
    #expect(error?.code.exitCode == 6)
  }

  // MARK: What the tests stand on

  private struct Bed {
    let files: TemporaryDirectory
    let homeDirectory: TemporaryDirectory
    let folder: TemporaryDirectory
    let mode: LoadMode

    init(_ mode: LoadMode) throws {
      files = try TemporaryDirectory()
      homeDirectory = try TemporaryDirectory()
      folder = try TemporaryDirectory()
      self.mode = mode
    }

    var home: Home { Home(homeDirectory.path) }
    var file: String { "\(folder.path)/out.duckdb" }
    var destination: DuckDBDestination { .duckdb(file, table: "orders", mode: mode) }

    var pipeline: Pipeline.Complete {
      Pipeline("orders").extract(.csv(files.path)).load(destination)
    }

    func run() async throws -> PipelineReport { try await pipeline.run(in: home) }

    func rows() throws -> [String] { try `A pipeline`.rows(file, "FROM orders") }
  }
}
