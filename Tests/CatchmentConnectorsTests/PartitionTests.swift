import Catchment
import CatchmentConnectors
import CatchmentTesting
import DuckDB
import Foundation
import Testing

@Suite struct `A folder that is partitioned` {
  private static let readers: [(String, String)] = [
    ("parquet", "read_parquet"), ("csv", "read_csv"), ("jsonl", "read_json"),
  ]

  private static func make(
    _ format: String, _ path: String, _ mode: LoadMode, by columns: [String]
  ) -> any Destination {
    switch format {
    case "csv": .csv(path, mode: mode, partitionBy: columns)
    case "jsonl": .jsonl(path, mode: mode, partitionBy: columns)
    default: .parquet(path, mode: mode, partitionBy: columns)
    }
  }

  /// The files that a reader finds.
  private static func files(_ folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)
    let names = (all?.compactMap { $0 as? String } ?? []).filter { name in
      !name.split(separator: "/").contains { $0.hasPrefix(".") } && name.contains("part-")
    }
    return names.sorted()
  }

  private static func rows(_ folder: String, _ reader: String) throws -> [String] {
    try files(folder).flatMap { name in
      try Workbench().query("FROM \(reader)(\(SQL.literal("\(folder)/\(name)")))")
        .map { $0.map(\.description).joined(separator: "|") }
    }
  }

  @Test(arguments: readers, [LoadMode.append, .replace])
  func `keeps the destination contract`(format: (String, String), mode: LoadMode) async throws {
    let name: @Sendable (String) -> String = { "\($0.replacing("/", with: "_")).data" }
    try await DestinationContract(
      make: { folder, table, _ in
        Self.make(format.0, "\(folder)/\(name(table))", mode, by: ["part"])
      },
      rows: { folder, table in try Self.rows("\(folder)/\(name(table))", format.1) }, modes: [mode]
    ).check()
  }

  // MARK: One load

  private struct Bed {
    let folder: TemporaryDirectory
    let path: String
    var columns = ["year", "month"]
    var mode = LoadMode.replace

    init(_ mode: LoadMode = .replace, by columns: [String] = ["year", "month"]) throws {
      folder = try TemporaryDirectory()
      path = "\(folder.path)/out"
      (self.columns, self.mode) = (columns, mode)
    }

    func open(_ bench: Workbench? = nil) throws -> any DestinationSession {
      let bench = try bench ?? Workbench()
      return try FileDestination<ParquetFormat>(path, mode: mode, partitionBy: columns)
        .open(for: "p", in: bench)
    }

    @discardableResult
    func load(_ rows: String, run: String) throws -> RecordCounts {
      let bench = try Workbench()
      let session = try open(bench)
      defer { session.close() }
      let run = Run(id: run, pipeline: "p", status: .running, token: 1, started: 1)
      try session.begin(run)
      let unit = Unit(source: "t", path: "/\(run.id)", fingerprint: .init(size: 1, modified: 1))
      let marker = CommittedUnit(unit, sha256: "00", records: 1, run: run.id)
      return try session.load(Batch(rows: bench.table(rows), units: [marker]), of: run) {}
    }

    /// As DuckDB reads it.
    func rows(_ columns: String) throws -> [String] {
      try Workbench().query(
        """
        SELECT \(columns) FROM read_parquet(
          \(SQL.literal("\(path)/**/*.parquet")), hive_partitioning = true,
          hive_types_autocast = false)
        ORDER BY 1
        """
      ).map { $0.map(\.description).joined(separator: "|") }
    }

    func files() -> [String] { `A folder that is partitioned`.files(path) }

    /// Changes the last commit in the manifest, as a process leaves it that ends there.
    func change(_ change: (inout [String: Any]) -> Void) throws {
      let place = mode == .replace ? "\(path).catchment.json" : "\(path)/.catchment.json"
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: place)))
      var manifest = try #require(object as? [String: Any])
      var commits = try #require(manifest["commits"] as? [[String: Any]])
      change(&commits[commits.count - 1])
      manifest["commits"] = commits
      try JSONSerialization.data(withJSONObject: manifest).write(to: URL(filePath: place))
    }
  }

  private static let months = """
    SELECT range AS id, 2025 + range // 6 AS year, 1 + range % 3 AS month FROM range(12)
    """

  @Test func `has a folder for each value, in each a file`() throws {
    let bed = try Bed()
    #expect(try bed.load(Self.months, run: "r1").loaded == 12)
    #expect(
      bed.files() == [
        "year=2025/month=1/part-r1-1.parquet", "year=2025/month=2/part-r1-1.parquet",
        "year=2025/month=3/part-r1-1.parquet", "year=2026/month=1/part-r1-1.parquet",
        "year=2026/month=2/part-r1-1.parquet", "year=2026/month=3/part-r1-1.parquet",
      ])
    #expect(
      try bed.rows("id, year, month").prefix(2) == ["0|2025|1", "1|2025|2"])
  }

  @Test func `gives back whatever the values are`() throws {
    let values = [
      "", "..", ".", "a/b", "x=y", "100%", "%2F", "__HIVE_DEFAULT_PARTITION__", "007", "né", "🙂",
      "new\nline", "a b", "it's", "\"", "; DROP TABLE t", "C:\\", "*?[", "\u{7F}", "~",
    ]
    let bed = try Bed(by: ["k"])
    let list = Set(values).sorted().map { "(\(SQL.literal($0)))" }.joined(separator: ", ")
    try bed.load(
      "SELECT k AS copy, k FROM (VALUES (NULL), \(list)) t(k)", run: "r1")
    let wrong = try bed.rows("count(*), count(*) FILTER (k IS DISTINCT FROM copy)")
    #expect(wrong == ["\(Set(values).count + 1)|0"])
  }

  @Test func `is replaced as a whole, and given back as it was`() throws {
    let bed = try Bed()
    try bed.load(Self.months, run: "r1")
    let before = try bed.rows("id, year, month")
    try bed.load("SELECT 99 AS id, 2030 AS year, 1 AS month", run: "r2")
    #expect(try bed.rows("id, year, month") == ["99|2030|1"])
    let session = try bed.open()
    #expect(try session.rollBack("r2", cascade: false) == ["r2"])
    #expect(try bed.rows("id, year, month") == before)
    #expect(try session.rollBack("r1", cascade: false) == ["r1"])
    #expect(bed.files().isEmpty)
  }

  @Test func `gets files added, and loses those of a run alone`() throws {
    let bed = try Bed(.append)
    try bed.load(Self.months, run: "r1")
    let before = bed.files()
    try bed.load(
      "SELECT 99 AS id, 2030 AS year, 1 AS month UNION ALL SELECT 98, 2025, 1", run: "r2")
    #expect(
      Set(bed.files()).subtracting(before) == [
        "year=2030/month=1/part-r2-2.parquet", "year=2025/month=1/part-r2-2.parquet",
      ])
    _ = try bed.open().rollBack("r2", cascade: false)
    #expect(bed.files() == before)
    #expect(!FileManager.default.fileExists(atPath: "\(bed.path)/year=2030"))
  }

  @Test func `is read as of one moment by its manifest`() throws {
    let bed = try Bed(.append)
    try bed.load(Self.months, run: "r1")
    try bed.load("SELECT 99 AS id, 2030 AS year, 1 AS month", run: "r2")
    try bed.change { $0["isDone"] = false }
    let found = try Workbench().query(
      """
      SELECT count(*) FROM (
        SELECT unnest(c.files) AS f FROM (
          SELECT unnest(commits) AS c FROM read_json(\(SQL.literal("\(bed.path)/.catchment.json"))))
        WHERE c.isDone)
      """)
    #expect(found.first?.first == .integer(6))
  }

  // MARK: Ends in the middle

  @Test(arguments: [LoadMode.append, .replace])
  func `has loaded when the process ended after all files had their names`(mode: LoadMode) throws {
    let bed = try Bed(mode)
    try bed.load(Self.months, run: "r1")
    try bed.change { $0["isDone"] = false }
    let session = try bed.open()
    #expect(try session.committedUnits().count == 1)
    #expect(bed.files().count == 6)
  }

  @Test func `has not loaded when one of the files had no name yet`() throws {
    let bed = try Bed(.append)
    try bed.load("SELECT 99 AS id, 2030 AS year, 1 AS month", run: "r1")
    try bed.load(Self.months, run: "r2")
    try bed.folder.remove("out/year=2025/month=2/part-r2-2.parquet")
    try bed.change { $0["isDone"] = false }
    let session = try bed.open()
    #expect(try session.committedUnits().count == 1)
    #expect(bed.files() == ["year=2030/month=1/part-r1-1.parquet"])
  }

  @Test func `has not loaded when the folders were not exchanged`() throws {
    let bed = try Bed()
    try bed.load(Self.months, run: "r1")
    try bed.load("SELECT 99 AS id, 2030 AS year, 1 AS month", run: "r2")
    for (from, to) in [("out", "new"), (".out.before-2", "out"), ("new", ".out.before-2")] {
      try FileManager.default.moveItem(
        atPath: "\(bed.folder.path)/\(from)", toPath: "\(bed.folder.path)/\(to)")
    }
    try bed.change { $0["isDone"] = false }
    let session = try bed.open()
    #expect(bed.files().count == 6)
    #expect(try session.rollBack("r1", cascade: false) == ["r1"])
    #expect(!FileManager.default.fileExists(atPath: "\(bed.folder.path)/.out.before-2"))
  }

  @Test(arguments: [LoadMode.append, .replace])
  func `goes on with a rollback that was begun`(mode: LoadMode) throws {
    let bed = try Bed(mode)
    try bed.load("SELECT 99 AS id, 2030 AS year, 1 AS month", run: "r1")
    try bed.load(Self.months, run: "r2")
    if mode == .append { try bed.folder.remove("out/year=2025/month=2/part-r2-2.parquet") }
    try bed.change { $0["isLeaving"] = true }
    _ = try bed.open()
    #expect(bed.files() == ["year=2030/month=1/part-r1-1.parquet"])
  }

  // MARK: Refused

  @Test func `is not replaced when it holds a file of someone else's`() throws {
    let bed = try Bed()
    try bed.folder.write("mine", to: "out/notes.txt")
    let error = #expect(throws: CatchmentError.self) { try bed.load(Self.months, run: "r1") }
    #expect(error?.code == .refused)
    #expect(FileManager.default.contents(atPath: "\(bed.path)/notes.txt") == Data("mine".utf8))
    #expect(bed.files().isEmpty)
  }

  @Test(arguments: [
    (["year", "day"], "the rows have no column day to partition by"),
    (["id", "year", "month"], "every column is one to partition by: the files would have none"),
  ])
  func `needs columns that are there, and others`(columns: [String], message: String) throws {
    let bed = try Bed(by: columns)
    let error = #expect(throws: CatchmentError.self) { try bed.load(Self.months, run: "r1") }
    #expect(error?.message == message)
  }

  @Test func `has no folder with a name that is too long`() throws {
    let bed = try Bed(by: ["k"])
    let error = #expect(throws: CatchmentError.self) {
      try bed.load("SELECT 1 AS id, repeat('x', 300) AS k", run: "r1")
    }
    #expect(error?.code.exitCode == 4)
  }
}
