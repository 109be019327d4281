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
  var deleteMissing = false

  /// The pipeline in the words of a file, called as the source is.
  func definition() throws(CatchmentError) -> PipelineDefinition {
    let (kind, path) = try Self.source(source)
    let options = Catalogue.kinds.sources.first { $0.name == kind }?.options.map(\.name) ?? []
    guard options.contains("table") else {
      let extract = PipelineDefinition.Step(kind, .map(["path": Self.text(path)]))
      let isStream = path == StandardStream.word
      return PipelineDefinition(
        isStream ? "stdin" : Path.name(of: source), extract: extract,
        load: try load(of: isStream ? "stdin" : Self.stem(of: path)))
    }
    guard let mark = path.lastIndex(of: "#") else {
      throw CatchmentError(
        .usage, "\(kind) is a database, and no table of it is named",
        hint: "write it after it, as in \(kind == "postgresql" ? "" : "\(kind):")PLACE#TABLE")
    }
    let table = String(path[path.index(after: mark)...])
    let place = options.contains("url") ? "url" : "path"
    let settings = Setting(
      .map([.init(place, Self.text(String(path[..<mark]))), .init("table", Self.text(table))]))
    return PipelineDefinition(table, extract: .init(kind, settings), load: try load(of: table))
  }

  /// - Parameter name: the table's when none is given.
  private func load(of name: String) throws(CatchmentError) -> PipelineDefinition.Step {
    let (kind, place) = try Self.split(
      destination, Self.destinationEndings, kinds: Catalogue.kinds.destinations.map(\.name),
      "written")
    let options = Catalogue.kinds.destinations.first { $0.name == kind }?.options.map(\.name) ?? []
    var entries = [
      Setting.Entry(options.contains("url") ? "url" : "path", Self.text(place))
    ]
    if options.contains("table") {
      entries.append(.init("table", Self.text(table ?? name)))
    } else if table != nil {
      throw CatchmentError(.usage, "--table is for a database, and \(kind) is a file")
    }
    if let mode { entries.append(.init("mode", Self.text(mode))) }
    if !key.isEmpty { entries.append(.init("key", Setting(.list(key.map(Self.text))))) }
    if deleteMissing { entries.append(.init("delete_missing", Setting(.flag(true)))) }
    return .init(kind, Setting(.map(entries)))
  }

  private static func text(_ text: String) -> Setting { Setting(.text(text)) }

  /// `people` of `data/people.csv.gz`.
  static func stem(of path: String) -> String {
    let name = Path.name(of: path)
    let stem = name.drop { $0 == "." }.prefix { $0 != "." }
    return stem.isEmpty ? "data" : String(stem)
  }

  // MARK: Kinds

  /// The kind of source that reads a file or pattern, and its path.
  static func source(_ text: String) throws(CatchmentError) -> (kind: String, place: String) {
    try split(text, sourceEndings, kinds: Catalogue.kinds.sources.map(\.name), "read")
  }

  /// What a file is read as that cannot be a pipeline's, as its name says; nil for any other.
  static func kind(ofData path: String) -> String? {
    let kind = kind(of: path, sourceEndings)
    // YAML may be written as JSON.
    return kind == "json" ? nil : kind
  }

  private static func kind(of path: String, _ endings: [String: String]) -> String? {
    var name = Path.name(of: path).lowercased()
    if let packed = (Packing.compressed + [".zip"]).first(where: name.hasSuffix) {
      name.removeLast(packed.count)
    }
    let ending = name.split(separator: ".", omittingEmptySubsequences: false).last.map(String.init)
    return name.contains(".") ? ending.flatMap { endings[$0] } : nil
  }

  private static let sourceEndings = [
    "csv": "csv", "tsv": "csv", "json": "json", "jsonl": "jsonl", "ndjson": "jsonl",
    "parquet": "parquet", "xlsx": "excel", "txt": "lines", "log": "lines", "md": "lines",
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
    if let kind = kind(of: text, endings) { return (kind, text) }
    if text == StandardStream.word {
      throw CatchmentError(
        .usage, "how standard \(verb == "read" ? "input" : "output") is to be \(verb) is not said",
        hint: "say it before it, as in csv:- or jsonl:-")
    }
    throw CatchmentError(
      .usage, "what \(Path.name(of: text)) is to be \(verb) as cannot be told from its name",
      hint: "say it before it, as in \(kinds.first ?? "csv"):PATH; there are "
        + kinds.joined(separator: ", "))
  }
}
