import Catchment
import CatchmentEngine
import CatchmentTransforms

/// A pipeline to start from: reads a file as it was found to be, and loads it into a DuckDB file.
struct StartingPipeline {
  let source: String
  let extract: PipelineDefinition.Step
  let schema: InferredSchema

  private var name: String { ShortPipeline.stem(of: source) }

  /// The text of a file that will lie in a directory.
  func text(for directory: String) throws(CatchmentError) -> String {
    var extract = extract
    extract.settings = located(extract.settings, for: directory)
    let cast = schema.cast.settings
    let isCast = cast.entries?.first?.setting.entries?.isEmpty == false
    let load = PipelineDefinition.Step(
      "duckdb",
      .map([
        "path": "\(name).duckdb".setting, "table": name.setting,
        "mode": "replace".setting,
      ]))
    let definition = PipelineDefinition(
      name, extract: extract, transforms: isCast ? [.init("cast", cast)] : [], load: load)
    return comments + (try YAML.write(Self.escaped(PipelineFile([definition]).setting)))
  }

  /// Paths are meant from the pipeline's directory.
  private func located(_ settings: Setting, for directory: String) -> Setting {
    var settings = settings
    guard directory != ".", case .map(var entries) = settings.value else { return settings }
    for place in entries.indices where entries[place].name == "path" {
      guard let path = entries[place].setting.text else { continue }
      entries[place].setting = (Path.absolute(path) ?? path).setting
    }
    settings.value = .map(entries)
    return settings
  }

  /// `${` would stand for a variable.
  private static func escaped(_ setting: Setting) -> Setting {
    var setting = setting
    switch setting.value {
    case .text(let text): setting.value = .text(text.replacing("${", with: "$${"))
    case .list(let elements): setting.value = .list(elements.map(escaped))
    case .map(let entries):
      setting.value = .map(entries.map { .init($0.name, escaped($0.setting)) })
    default: break
    }
    return setting
  }

  private var comments: String {
    var lines = [
      "What `catchment infer` found in \(source), \(schema.looked) of \(schema.rows) rows looked at:"
    ]
    for column in schema.columns {
      lines.append("  \(column.name): \(SchemaPage.facts(column).joined(separator: ", "))")
      lines += column.evidence.map { "    \($0.text)" }
    }
    let sensitive = schema.columns.filter(\.isSensitive).map(\.name)
    if !sensitive.isEmpty {
      lines.append("Consider a mask step for \(sensitive.joined(separator: ", ")).")
    }
    return lines.map { "# \($0.safe)\n" }.joined()
  }

  /// Writes it where there is nothing yet.
  func write(to path: String) throws(CatchmentError) {
    try StartingFile(path: path).write(text(for: Path.directory(of: path)))
  }
}
