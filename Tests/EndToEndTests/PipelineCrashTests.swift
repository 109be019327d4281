import DuckDB
import Foundation
import Testing

/// Pipelines that are killed at random moments, and what the next run makes of what they left.
///
/// `CATCHMENT_KILLS` says how many kills each destination gets over all its modes; the long run of 200 is
/// a command of its own (`Benchmarks/README.md`), which `CATCHMENT_KILLED` narrows to destinations with such
/// a name. Without it some modes are tried alone.
@Suite struct `A pipeline that is killed` {
  static let kills = ProcessInfo.processInfo.environment["CATCHMENT_KILLS"]
    .flatMap(Int.init)

  /// A destination as a file says it, and how its rows are read back.
  struct Target: Sendable, CustomTestStringConvertible {
    var name: String
    /// `OUT` stands for a place of its own.
    var load: String
    var reader: Reader
    var testDescription: String { name }
    /// Keys of several files would be refused where all files are loaded together.
    var isOverlapping: Bool { !name.hasSuffix("delete_missing") }

    var isOnServer: Bool { name.contains("object") }

    /// How many modes share the kills of their destination.
    func kills(of all: Int?) -> Int {
      guard let all else { return 1 }
      let isDatabase = ["duckdb", "sqlite", "postgresql"].contains { name.hasPrefix($0) }
      let modes = isDatabase ? 5 : isOnServer ? 3 : 8
      return (all + modes - 1) / modes
    }

    enum Reader {
      /// SQL of the engine.
      case engine(String)
      /// A source of ours, through a file.
      case source(String)
    }
  }

  private static let modes = [
    "append": "mode: append", "merge": "mode: merge, key: id", "replace": "mode: replace",
    "delete_missing": "mode: merge, key: id, delete_missing: true", "scd2": "mode: scd2, key: id",
  ]

  static let targets = all.filter { target in
    guard kills != nil else { return quick.contains(target.name) }
    return value("CATCHMENT_KILLED").map { target.name.contains($0) } ?? true
  }
  private static let quick = [
    "duckdb, scd2", "sqlite, merge", "postgresql, append", "parquet, replace",
    "partitioned parquet, append", "partitioned parquet, replace", "an object, replace",
    "partitioned objects, append",
  ]

  static let all: [Target] = modes.sorted { $0.key < $1.key }.flatMap { word, mode in
    var targets = [
      Target(
        name: "duckdb, \(word)", load: "duckdb: { path: OUT/out.duckdb, table: t, \(mode) }",
        reader: .engine("ATTACH 'OUT/out.duckdb' AS o (READ_ONLY); FROM o.t")),
      Target(
        name: "sqlite, \(word)", load: "sqlite: { path: OUT/out.db, table: t, \(mode) }",
        reader: .source("sqlite:OUT/out.db#t")),
    ]
    if let server {
      targets.append(
        Target(
          name: "postgresql, \(word)",
          load: "postgresql: { url: '\(server)?schema=SCHEMA', table: t, \(mode) }",
          reader: .source("\(server)?schema=SCHEMA#t")))
    }
    guard ["append", "replace"].contains(word) else { return targets }
    let isOne = word == "replace"
    for (format, function) in [
      ("csv", "read_csv"), ("jsonl", "read_json"), ("parquet", "read_parquet"),
    ] {
      let place = isOne ? "OUT/out.\(format)" : "OUT/out"
      targets.append(
        Target(
          name: "\(format), \(word)", load: "\(format): { path: \(place), \(mode) }",
          reader: .engine("FROM \(function)('\(isOne ? place : "\(place)/*.\(format)")')")))
    }
    targets.append(
      Target(
        name: "partitioned parquet, \(word)",
        load: "parquet: { path: OUT/out, \(mode), partition_by: [part] }",
        reader: .engine("FROM read_parquet('OUT/out/*/*.parquet', hive_partitioning = true)")))
    return targets + objects(word, mode)
  }

  private static func objects(_ word: String, _ mode: String) -> [Target] {
    guard endpoint != nil else { return [] }
    func target(_ name: String, _ place: String, _ read: String, _ options: String = "") -> Target {
      Target(
        name: "\(name), \(word)",
        load: "parquet: { path: 's3://catchment-tests/SCHEMA/\(place)', \(mode)\(options) }",
        reader: .source("s3://catchment-tests/SCHEMA/\(read)"))
    }
    guard word == "append" else { return [target("an object", "out.parquet", "out.parquet")] }
    return [
      target("objects", "out", "out/*.parquet"),
      target("partitioned objects", "out", "out/*/*.parquet", ", partition_by: [part]"),
    ]
  }

  private static func value(_ name: String) -> String? {
    ProcessInfo.processInfo.environment[name]
  }

  private static let endpoint = value("CATCHMENT_S3")
  /// What the command knows of the server of objects.
  private static let environment: [String: String] = [
    "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": value("CATCHMENT_S3_ACCESS_KEY"),
    "AWS_SECRET_ACCESS_KEY": value("CATCHMENT_S3_SECRET_KEY"),
  ].compactMapValues { $0 }

  private static let server = ProcessInfo.processInfo.environment["CATCHMENT_POSTGRESQL"]

  @Test(.serialized, arguments: targets)
  func `leaves what the next run brings to where an undisturbed one ends`(target: Target) throws {
    var bed = try Bed(target)
    defer { bed.remove() }
    try bed.prepare()
    let began = Date()
    try bed.finish()
    let duration = Date().timeIntervalSince(began)
    let expected = try bed.rows()
    #expect(expected.count >= 1_000)
    var killed = 0
    while killed < target.kills(of: Self.kills) {
      try bed.prepare()
      for _ in 0..<Int.random(in: 1...3) {
        killed += try bed.runKilled(after: .random(in: 0...duration * 1.1)) ? 1 : 0
      }
      try bed.finish()
      let rows = try bed.rows()
      let (lost, doubled) = (Self.surplus(expected, rows), Self.surplus(rows, expected))
      #expect(lost.isEmpty && doubled.isEmpty, "lost \(lost.prefix(5)), more \(doubled.prefix(5))")
    }
  }

  /// What the first has more often than the second; both are sorted.
  static func surplus(_ some: [String], _ others: [String]) -> [String] {
    var counts = Dictionary(grouping: others, by: { $0 }).mapValues(\.count)
    return some.filter { row in
      guard let left = counts[row], left > 0 else { return true }
      counts[row] = left - 1
      return false
    }
  }

  /// A source that changes once it was loaded, a home and a place to load into.
  struct Bed {
    let target: Target
    let path: String
    /// A name of its own for each load, where it is not in a folder.
    private var schema = ""

    init(_ target: Target) throws {
      self.target = target
      path = FileManager.default.temporaryDirectory.appending(path: Self.name()).path
      try FileManager.default.createDirectory(
        atPath: "\(path)/data", withIntermediateDirectories: true)
    }

    private static func name() -> String {
      "pipeline_\(UUID().uuidString.prefix(8).lowercased())"
    }

    private func writePipeline() throws {
      try """
      version: 1
      name: killed
      extract: { csv: { path: data } }
      transform:
        - sql: SELECT *, id % 5 AS part FROM input
      load: { \(placed(target.load)) }
      """.write(toFile: "\(path)/p.yaml", atomically: true, encoding: .utf8)
    }

    private func placed(_ text: String) -> String {
      text.replacing("OUT", with: "\(path)/out").replacing("SCHEMA", with: schema)
    }

    func remove() {
      dropSchema()
      try? FileManager.default.removeItem(atPath: path)
    }

    private func dropSchema() {
      guard let server, target.name.hasPrefix("postgresql") else { return }
      _ = try? Program.run(
        [server, "-qc", "DROP SCHEMA IF EXISTS \(schema) CASCADE"], of: "/usr/bin/psql")
    }

    /// Loads the source as it is at first, into a place that is new.
    mutating func prepare() throws {
      dropSchema()
      schema = Self.name()
      try writePipeline()
      for name in ["out", "home", "data"] {
        try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
      }
      for name in ["out", "data"] {
        try FileManager.default.createDirectory(
          atPath: "\(path)/\(name)", withIntermediateDirectories: true)
      }
      for file in 0..<4 { try write(file, version: 1) }
      try finish()
      // Of three files two change, one goes, and two come.
      for file in [1, 2, 4, 5] { try write(file, version: 2) }
      try FileManager.default.removeItem(atPath: "\(path)/data/3.csv")
    }

    /// Every file has rows of its own, and some whose keys the file after it has too.
    private func write(_ file: Int, version: Int) throws {
      var text = "id,text,version\n"
      let step = target.isOverlapping ? 300 : 400
      for row in 0..<400 { text += "\(file * step + row),text \(row) of \(file),\(version)\n" }
      try text.write(toFile: "\(path)/data/\(file).csv", atomically: true, encoding: .utf8)
    }

    private var arguments: [String] {
      ["run", "\(path)/p.yaml", "--home", "\(path)/home", "--json"]
    }

    /// Runs the pipeline to its end; returns the run's id.
    @discardableResult func finish() throws -> String {
      let outcome = try Program.run(arguments, environment: environment)
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      return outcome.objects.first?["run_id"] as? String ?? "none"
    }

    /// Takes a run back, perhaps not to its end; returns the exit code.
    func rollBack(_ run: String, killedAfter seconds: Double? = nil) throws -> Int32 {
      try Program.run(
        ["rollback", run, "--of", "\(path)/p.yaml", "--home", "\(path)/home", "--quiet"],
        environment: environment, stopping: seconds.map { _ in SIGKILL }, after: seconds ?? 0
      ).status
    }

    func runKilled(after seconds: Double) throws -> Bool {
      try Program.run(arguments, environment: environment, stopping: SIGKILL, after: seconds)
        .status == SIGKILL
    }

    /// Without the times of a history, which are another in each run.
    func rows() throws -> [String] {
      let sql: String
      switch target.reader {
      case .engine(let query): sql = placed(query)
      case .source(let source):
        let file = "\(path)/read.parquet"
        for rest in [file, "\(file).catchment.json", "\(path)/read"] {
          try? FileManager.default.removeItem(atPath: rest)
        }
        let outcome = try Program.run(
          ["run", placed(source), file, "--home", "\(path)/read", "--quiet"],
          environment: environment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        sql = "FROM read_parquet('\(file)')"
      }
      let connection = try Database().connect()
      let statements = sql.split(separator: ";").map { $0.trimmingPrefix(" ") }
      for statement in statements.dropLast() { try connection.execute(String(statement)) }
      let columns = "SELECT COLUMNS(lambda c: c NOT IN ('valid_from', 'valid_to'))"
      return try connection.query("\(columns) \(statements.last ?? "")").rows()
        .map { $0.map(\.description).joined(separator: "|") }.sorted()
    }
  }
}
