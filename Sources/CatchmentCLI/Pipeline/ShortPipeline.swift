import Catchment
import CatchmentCatalogue
import CatchmentEngine

/// A pipeline that a command line says, without a file: `people.csv duckdb:out.duckdb`.
struct ShortPipeline {
  /// A file, a pattern, or one with its kind before it: `csv:data`.
  var source: String
  /// A file, a database's URL, or one with its kind before it: `duckdb:out.duckdb`.
  var destination: String
  var table: String?
  var mode: String?
  var key: [String] = []

  /// The pipeline in the words of a file, called as the source is.
  func definition() throws(CatchmentError) -> PipelineDefinition {
    let (kind, path) = try Self.split(
      source, Self.sourceEndings, kinds: Catalogue.kinds.sources.map(\.name), "read")
    let extract = PipelineDefinition.Step(kind, .map(["path": Self.text(path)]))
    return PipelineDefinition(Path.name(of: source), extract: extract, load: try load(of: path))
  }

  private func load(of path: String) throws(CatchmentError) -> PipelineDefinition.Step {
    let (kind, place) = try Self.split(
      destination, Self.destinationEndings, kinds: Catalogue.kinds.destinations.map(\.name),
      "written")
    let options = Catalogue.kinds.destinations.first { $0.name == kind }?.options.map(\.name) ?? []
    var entries = [
      Setting.Entry(options.contains("url") ? "url" : "path", Self.text(place))
    ]
    if options.contains("table") {
      entries.append(.init("table", Self.text(table ?? Self.stem(of: path))))
    } else if table != nil {
      throw CatchmentError(.usage, "--table is for a database, and \(kind) is a file")
    }
    if let mode { entries.append(.init("mode", Self.text(mode))) }
    if !key.isEmpty { entries.append(.init("key", Setting(.list(key.map(Self.text))))) }
    return .init(kind, Setting(.map(entries)))
  }

  private static func text(_ text: String) -> Setting { Setting(.text(text)) }

  /// `people` of `data/people.csv.gz`.
  private static func stem(of path: String) -> String {
    let name = Path.name(of: path)
    let stem = name.drop { $0 == "." }.prefix { $0 != "." }
    return stem.isEmpty ? "data" : String(stem)
  }

  // MARK: Kinds

  private static let sourceEndings = [
    "csv": "csv", "tsv": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "parquet": "parquet", "txt": "lines", "log": "lines", "md": "lines",
  ]
  private static let destinationEndings = [
    "csv": "csv", "json": "json", "jsonl": "jsonl", "parquet": "parquet", "duckdb": "duckdb",
    "sqlite": "sqlite", "sqlite3": "sqlite", "db": "sqlite",
  ]

  /// The kind that a word before a colon, a scheme or the end of the name says, and the place.
  private static func split(
    _ text: String, _ endings: [String: String], kinds: [String], _ verb: String
  ) throws(CatchmentError) -> (kind: String, place: String) {
    let word = String(text.prefix { $0 != ":" })
    if word != text {
      if ["postgresql", "postgres"].contains(word), kinds.contains("postgresql") {
        return ("postgresql", text)
      }
      if kinds.contains(word) { return (word, String(text.dropFirst(word.count + 1))) }
    }
    var name = Path.name(of: text).lowercased()
    for packed in [".gz", ".zst"] where name.hasSuffix(packed) { name.removeLast(packed.count) }
    let ending = name.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init)
    if name.contains("."), let ending, let kind = endings[ending] { return (kind, text) }
    throw CatchmentError(
      .usage, "what \(Path.name(of: text)) is to be \(verb) as cannot be told from its name",
      hint: "say it before it, as in \(kinds.first ?? "csv"):PATH; there are "
        + kinds.joined(separator: ", "))
  }
}
