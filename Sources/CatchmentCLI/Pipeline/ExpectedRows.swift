import Catchment
import CatchmentEngine
import Foundation

/// The folder beside a pipeline's file with what is expected of its pipelines: `clean.expected` has
/// `clean.jsonl`, and `clean.dead-letters.jsonl` when there are any.
struct ExpectedRows {
  private let folder: String

  init(besides file: String) {
    let name = Path.name(of: file)
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    folder = Path.joined("\(stem).expected", to: Path.directory(of: file))
  }

  /// How a pipeline's rows differ from those that are expected.
  struct Result {
    var name: String
    var rows: Int
    var isRecorded = false
    /// Lines that are expected and did not come, and those that came and are not expected.
    var missing: [String] = []
    var surplus: [String] = []
    var isPassed: Bool { missing.isEmpty && surplus.isEmpty }
  }

  private func path(_ pipeline: String, _ ending: String) -> String {
    // A name may hold what no file's name can.
    let name = pipeline.map { $0 == "/" || $0 == "\0" ? "_" : $0 }
    return "\(folder)/\(String(name))\(ending)"
  }

  private func paths(_ pipeline: String) -> (rows: String, letters: String) {
    (path(pipeline, ".jsonl"), path(pipeline, ".dead-letters.jsonl"))
  }

  func record(_ outcome: PipelineOutcome, of pipeline: String) throws(CatchmentError) -> Result {
    let paths = paths(pipeline)
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try Self.text(outcome.rows).write(toFile: paths.rows, atomically: true, encoding: .utf8)
      if !outcome.deadLetters.isEmpty {
        try Self.text(outcome.deadLetters).write(
          toFile: paths.letters, atomically: true, encoding: .utf8)
      } else if FileManager.default.fileExists(atPath: paths.letters) {
        try FileManager.default.removeItem(atPath: paths.letters)
      }
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "the expected rows cannot be written into \(folder)",
        hint: "check that its folder may be written to", cause: error.localizedDescription)
    }
    return Result(name: pipeline, rows: outcome.rows.count, isRecorded: true)
  }

  func compare(_ outcome: PipelineOutcome, of pipeline: String) throws(CatchmentError) -> Result {
    let paths = paths(pipeline)
    guard let rows = try Self.lines(paths.rows) else {
      throw CatchmentError(
        .usage, "there is no \(paths.rows) to compare with",
        hint: "run `catchment test` with --record once, and look at what it wrote")
    }
    var result = Result(name: pipeline, rows: outcome.rows.count)
    let letters = try Self.lines(paths.letters) ?? []
    for (expected, actual) in [(rows, outcome.rows), (letters, outcome.deadLetters)] {
      result.compare(actual, with: expected.sorted())
    }
    return result
  }

  private static func text(_ lines: [String]) -> String { lines.map { "\($0)\n" }.joined() }

  /// Nil when there is no such file.
  private static func lines(_ path: String) throws(CatchmentError) -> [String]? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(
        String.init)
    } catch {
      throw CatchmentError(
        .sourceUnavailable, "\(path) cannot be read", cause: error.localizedDescription)
    }
  }
}

extension ExpectedRows.Result {
  private static let most = 20

  /// Both are sorted.
  mutating func compare(_ actual: [String], with expected: [String]) {
    var (a, e) = (actual[...], expected[...])
    while let next = e.first ?? a.first {
      if a.first == e.first {
        a.removeFirst()
        e.removeFirst()
      } else if let line = a.first, e.isEmpty || line < next {
        surplus.append(line)
        a.removeFirst()
      } else {
        missing.append(next)
        e.removeFirst()
      }
    }
  }

  func print(_ style: Style) {
    let count = Figures.of(rows, "row")
    if isRecorded { return Output.line("\(name.safe): \(count) recorded") }
    if isPassed { return Output.line("\(name.safe): \(count), as expected") }
    Output.line(
      style.bold("\(name.safe): \(missing.count) missing, \(surplus.count) not expected"))
    for (mark, lines) in [("-", missing), ("+", surplus)] {
      for line in lines.prefix(Self.most) { Output.line("  \(mark) \(line.safe)") }
      if lines.count > Self.most { Output.line("  \(mark) … \(lines.count - Self.most) more") }
    }
  }

  /// For scripts.
  var json: JSON {
    JSON([
      "pipeline": .text(name), "rows": .integer(rows), "recorded": .boolean(isRecorded),
      "passed": .boolean(isPassed), "missing": .array(missing.map(JSON.text)),
      "surplus": .array(surplus.map(JSON.text)),
    ])
  }
}
