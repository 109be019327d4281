import Catchment
import CatchmentCatalogue
import CatchmentEngine
import CatchmentTransforms
import DuckDB

/// A file of data, or several of one kind, that are looked at, and loaded nowhere.
struct DataFile {
  /// How a pipeline would read it.
  let extract: PipelineDefinition.Step
  let rows: Relation
  /// Records that could not be read.
  let rejected: Int
  /// How many files there are.
  let files: Int

  /// Reads the file that a command line names, as text as far as it says no types itself.
  init(_ source: String, sample: SampleSize, in bench: Workbench) async throws(CatchmentError) {
    var (kind, path) = try Self.split(source)
    if kind == "txt" || kind == "lines" {
      let lines = try await Self.lines(path, in: bench)
      kind =
        if try Self.areDelimited(lines, in: bench) { "csv" } else {
          try Self.haveColumns(lines, sample, bench) ? "fixed_width" : "lines"
        }
    }
    let settings =
      switch kind {
      case "csv": try await Self.csv(path, in: bench)
      case "fixed_width": try await Self.fixedWidth(path, sample, in: bench)
      default: Setting.map(["path": path.setting])
      }
    extract = .init(kind, settings)
    let units = try Self.units(extract)
    var reads: [Extracted] = []
    for unit in units.all {
      let path = try await units.source.path(of: unit, unpackingInto: bench.spill)
      reads.append(try units.source.read(unit, keptAt: path, in: bench))
    }
    rows = try Self.together(reads.map(\.rows), in: bench)
    (rejected, files) = (reads.reduce(0) { $0 + $1.deadLetters.count }, reads.count)
  }

  /// A column that some files lack has no values there.
  private static func together(
    _ reads: [Relation], in bench: Workbench
  ) throws(CatchmentError) -> Relation {
    guard reads.count > 1 else { return reads[0] }
    return try bench.table(
      reads.map { "SELECT * FROM \($0.sql)" }.joined(separator: " UNION ALL BY NAME "))
  }

  private static func split(_ source: String) throws(CatchmentError) -> (String, String) {
    let name = source.lowercased()
    let isText = [".txt", ".dat", ".fwf"].contains { name.hasSuffix($0) }
    return isText && !source.contains(":") ? ("txt", source) : try ShortPipeline.source(source)
  }

  private static func units(
    _ step: PipelineDefinition.Step
  ) throws(CatchmentError) -> (source: any TableSource, first: Unit, all: [Unit]) {
    let kinds = Catalogue.kinds.sources
    guard let kind = kinds.first(where: { $0.name == step.kind }) else {
      throw CatchmentError(.usage, "there is no source called \"\(step.kind)\"")
    }
    let source = try kind.make(step.settings, in: "the arguments")
    let found = try source.units()
    let units = found.units
    guard let first = units.first else {
      throw found.problems.first
        ?? CatchmentError(
          .sourceUnavailable, "there is no file to look at", hint: "check the path")
    }
    return (source, first, units)
  }

  // MARK: What the file does not say

  /// The dialect that the engine finds out, said, so that it stays the same for the next file.
  private static func csv(
    _ path: String, in bench: Workbench
  ) async throws(CatchmentError) -> Setting {
    var entries = [Setting.Entry("path", path.setting)]
    let files = try units(.init("csv", .map(["path": path.setting])))
    let first = files.first
    do throws(CatchmentError) {
      let place = try await files.source.path(of: first, unpackingInto: bench.spill)
      let found = try bench.query(
        "SELECT Delimiter, HasHeader, SkipRows FROM sniff_csv(\(SQL.literal(place)))")
      guard let row = found.first else { return Setting(.map(entries)) }
      if let delimiter = row[0].text, delimiter != "," {
        entries.append(.init("delimiter", delimiter.setting))
      }
      entries.append(.init("header", (row[1].boolean ?? true).setting))
      if let skip = row[2].int64, skip > 0 { entries.append(.init("skip", Int(skip).setting)) }
    } catch {
      throw CatchmentError(
        .validation, "the file cannot be read as CSV", at: .init(file: first.path),
        hint: "check that it is text with the same columns in every row",
        cause: error.cause ?? error.message)
    }
    entries.append(.init("text", true.setting))
    return Setting(.map(entries))
  }

  private static func lines(
    _ path: String, in bench: Workbench
  ) async throws(CatchmentError) -> Relation {
    let lines = try units(.init("lines", .map(["path": path.setting])))
    let path = try await lines.source.path(of: lines.first, unpackingInto: bench.spill)
    return try lines.source.read(lines.first, keptAt: path, in: bench).rows
  }

  /// Whether the first lines have equally many tabs or bars, which is no chance when they have any.
  private static func areDelimited(
    _ lines: Relation, in bench: Workbench
  ) throws(CatchmentError) -> Bool {
    let counts = ["\t", "|"].map { "len(text) - len(replace(text, \(SQL.literal($0)), ''))" }
    let found = try bench.query(
      """
      SELECT count(*) > 1 AND (min(tabs) > 0 AND min(tabs) = max(tabs)
        OR min(bars) > 0 AND min(bars) = max(bars))
      FROM (SELECT \(counts[0]) AS tabs, \(counts[1]) AS bars FROM \(lines.sql)
        WHERE trim(text) <> '' LIMIT 1000)
      """)
    return found.first?.first?.boolean == true
  }

  private static func haveColumns(
    _ lines: Relation, _ sample: SampleSize, _ bench: Workbench
  ) throws(CatchmentError) -> Bool {
    let guess = try FixedWidthGuess(lines, sample: sample, in: bench)
    return guess.columns.count > 1 && guess.lines > 2
  }

  private static func fixedWidth(
    _ path: String, _ sample: SampleSize, in bench: Workbench
  ) async throws(CatchmentError) -> Setting {
    let guess = try await FixedWidthGuess(lines(path, in: bench), sample: sample, in: bench)
    let columns = guess.columns.map { column in
      let (first, last) = (column.characters.lowerBound, column.characters.upperBound)
      return Setting.Entry(
        column.name, first == last ? first.setting : "\(first)-\(last)".setting)
    }
    var entries = [
      Setting.Entry("path", path.setting), .init("columns", Setting(.map(columns))),
    ]
    if guess.skip > 0 { entries.append(.init("skip", guess.skip.setting)) }
    return Setting(.map(entries))
  }
}
