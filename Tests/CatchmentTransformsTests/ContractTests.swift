import Catchment
import CatchmentTesting
import CatchmentTransforms
import Testing

@Suite struct `Each transform keeps the contract` {
  /// Steps one after another, as one.
  struct Chain: Transform {
    let steps: [any Transform]
    var name: String { steps.last?.name ?? "" }

    func apply(to input: Relation, in bench: Workbench) throws(CatchmentError) -> Transformed {
      var result = Transformed(
        input, counts: StepCounts(read: try bench.count(input), passed: try bench.count(input)))
      for step in steps {
        let next = try step.apply(to: result.rows, in: bench)
        result.rows = next.rows
        result.counts.made += next.counts.made
        result.counts.filtered += next.counts.filtered
        result.counts.deadLettered += next.counts.deadLettered
        result.counts.passed = next.counts.passed
        result.rejects = next.rejects ?? result.rejects
      }
      return result
    }
  }

  struct Case: CustomTestStringConvertible {
    let testDescription: String
    var hasFixedColumns = true
    let make: @Sendable (String) -> any Transform

    init(
      _ name: String, hasFixedColumns: Bool = true,
      _ make: @escaping @Sendable (String) -> any Transform
    ) {
      testDescription = name
      self.hasFixedColumns = hasFixedColumns
      self.make = make
    }
  }

  static let cases: [Case] = [
    Case("drop_nulls drop") { .dropNulls(.anyField, in: [$0]) },
    Case("drop_nulls drop_all") { _ in .dropNulls(.allFields) },
    Case("drop_nulls remove_fields", hasFixedColumns: false) { _ in .dropNulls(.emptyColumns) },
    Case("drop_nulls mean") { .dropNulls(.fill(.mean), in: [$0]) },
    Case("drop_nulls median") { _ in .dropNulls(.fill(.median)) },
    Case("drop_nulls mode") { .dropNulls(.fill(.mode), in: [$0, "text"]) },
    Case("drop_nulls previous") { .dropNulls(.fill(.previous), in: [$0]) },
    Case("drop_nulls value") { .dropNulls(.fillWith(7), in: [$0]) },
    Case("rename") { .rename([$0: "other", "text": "a \"b\""]) },
    Case("select") { .select(["text", $0]) },
    Case("select except") { .select(except: [$0]) },
    Case("cast") { .cast([$0: "TINYINT"]) },
    Case("cast with formats") { .cast([$0: .init("DATE", formats: ["%d", "%y"])]) },
    Case("derive") { .derive(["double": "\(SQL.identifier($0)) * 2 -- twice", $0: "double + 1"]) },
    Case("normalise") { _ in .normalise(["text": [.trim, .collapse, .title, .nfc]]) },
    Case("normalise phone") { _ in .normalise(["text": [.phone("CH")]]) },
    Case("normalise date") { _ in .normalise(["text": [.date(["text %d"])]], onError: .keep) },
    Case("mask") { .mask([$0: .token, "text": .hash], key: "k", salt: "s") },
    Case("mask partial") { .mask([$0: .partial, "text": .redact]) },
    Case("split into columns") { _ in .split("text", by: " ", into: ["a", "b"]) },
    Case("split into rows") { _ in .split("text", by: "1") },
    Case("sample a share") { .sample(share: 0.3, by: [$0]) },
    Case("sample rows") { .sample(rows: 10, by: [$0]) },
    Case("sample whole rows") { _ in .sample(rows: 10) },
    Case("unnest") { column in
      Chain(steps: [
        .derive(["list": "range(\(SQL.identifier(column)) % 3)"]), .unnest("list", position: "p"),
      ])
    },
    Case("unnest and drop") { column in
      Chain(steps: [
        .derive(["list": "range(\(SQL.identifier(column)) % 3)"]), .unnest("list", empty: .drop),
      ])
    },
    Case("contract") { column in
      .contract(
        [column: "TINYINT", "text": .init("BIGINT", values: .widen), "more": "DATE"],
        missingColumns: .evolve)
    },
    Case("contract that quarantines") { column in
      .contract(["text": "VARCHAR"], newColumns: .quarantine)
    },
    Case("quality_score") { .qualityScore(minimum: 0.7, rules: [$0: .range(min: 5, max: 90)]) },
    Case("quality_score that rejects") {
      .qualityScore(minimum: 1, action: .reject, columns: [$0])
    },
    Case("quality_score that flags") { _ in .qualityScore(minimum: 0.5, action: .flag) },
    Case("aggregate") { column in
      .aggregate(
        by: [column],
        ["rows": .count, "texts": .concat("text", separator: ","), "p": .percentile(column, 0.9)])
    },
    Case("aggregate of all") { column in
      .aggregate([
        "s": .sum(column), "m": .avg(column), "f": .first("text"), "l": .last("text"),
        "all": .list("text"), "d": .countDistinct("text"), "x": .sql("max(text) -- the last"),
      ])
    },
    Case("window") { column in
      Chain(steps: [
        .derive(["at": "TIMESTAMP '2026-01-01' + to_minutes(\(SQL.identifier(column))::BIGINT)"]),
        .window("at", .tumbling("1 hour"), ["n": .count, "first": .first("text")]),
      ])
    },
    Case("sliding window with late rows") { column in
      Chain(steps: [
        .derive([
          "at":
            "TIMESTAMP '2026-01-01' + to_minutes((\(SQL.identifier(column)) * 7919 % 500)::BIGINT)"
        ]),
        .window(
          "at", .sliding("1 hour", every: "20 minutes"), ["n": .count], lateness: "10 minutes"),
      ])
    },
    Case("session window") { column in
      Chain(steps: [
        .derive([
          "at": "TIMESTAMP '2026-01-01' + to_minutes((\(SQL.identifier(column)) * 3)::BIGINT)"
        ]),
        .window("at", .session(gap: "2 minutes"), by: ["text"], ["n": .count]),
      ])
    },
    Case("unnest what is no list") { _ in .unnest("text") },
    Case("flatten") { column in
      Chain(steps: [
        .derive(["s": "{'a': \(SQL.identifier(column)), 'b': {'c': text}}"]), .flatten(),
      ])
    },
  ]

  @Test(arguments: cases)
  func `whatever it is given`(_ test: Case) throws {
    try TransformContract(hasFixedColumns: test.hasFixedColumns) { test.make($0) }.check()
  }

  @Test(arguments: [Lookup.Missing.keep, .drop, .reject])
  func `when it looks up in a file`(missing: Lookup.Missing) throws {
    let folder = try TemporaryDirectory()
    let lines = (0..<900).map { "\($0),name \($0)" }.joined(separator: "\n")
    try folder.write("number,name\n\(lines)\n", to: "names.csv")
    let path = "\(folder.path)/names.csv"
    try TransformContract { .lookup(path, on: [$0: "number"], missing: missing) }.check()
  }
}
