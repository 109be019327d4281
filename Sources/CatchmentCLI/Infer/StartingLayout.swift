import Catchment
import CatchmentConnectors
import CatchmentTransforms
import Foundation

/// A layout to start from: a file's columns as they were found to be.
struct StartingLayout {
  let source: String
  let extract: PipelineDefinition.Step
  let schema: InferredSchema

  func text() throws(CatchmentError) -> String {
    let layout = try Layout(setting(), in: source)
    let comment =
      "# What `catchment infer` found in \(source), \(schema.looked) of \(schema.rows) rows looked at."
    return comment.safe + "\n" + (try YAML.write(layout.settings))
  }

  private func setting() throws(CatchmentError) -> Setting {
    guard extract.kind == "csv" || extract.kind == "fixed_width" else {
      throw CatchmentError(
        .usage, "a layout is for delimited and fixed-width text, not for \(extract.kind)",
        hint: "leave --layout out")
    }
    let given = extract.settings.entries ?? []
    let places = given.first { $0.name == "columns" }?.setting.entries ?? []
    var entries = given.filter { ["header", "skip"].contains($0.name) }
    if places.isEmpty {
      let delimiter = given.first { $0.name == "delimiter" }?.setting ?? ",".setting
      entries.append(.init("delimiter", delimiter.text == "\t" ? "tab".setting : delimiter))
    }
    let columns = schema.columns.map { column in
      let place = places.first { $0.name == column.name }.map { Setting.Entry("at", $0.setting) }
      return Setting.Entry(
        column.name, Setting(.map((place.map { [$0] } ?? []) + type(of: column))))
    }
    return Setting(.map(entries + [.init("columns", Setting(.map(columns)))]))
  }

  /// What is written in several ways stays text.
  private func type(of column: InferredColumn) -> [Setting.Entry] {
    switch column.type {
    case "TINYINT", "SMALLINT", "INTEGER", "BIGINT": [.init("type", "integer".setting)]
    case "DOUBLE", "FLOAT": [.init("type", "number".setting)]
    case "BOOLEAN": [.init("type", "boolean".setting)]
    case "DATE", "TIMESTAMP": moment(column)
    case let type where type.hasPrefix("DECIMAL("): [.init("type", type.lowercased().setting)]
    default: []
    }
  }

  private static let words: [(String, String)] = [
    ("%Y", "YYYY"), ("%m", "MM"), ("%d", "DD"), ("%H", "HH"), ("%M", "MI"), ("%S", "SS"),
  ]

  private func moment(_ column: InferredColumn) -> [Setting.Entry] {
    guard column.formats.count <= 1 else { return [] }
    var form = column.formats.first ?? (column.type == "DATE" ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S")
    for (code, word) in Self.words { form = form.replacing(code, with: word) }
    guard !form.contains("%") else { return [] }
    let type = column.type == "DATE" ? "date" : "timestamp"
    return [.init("type", type.setting), .init("dates", form.setting)]
  }

  /// Writes it where there is nothing yet.
  func write(to path: String) throws(CatchmentError) {
    try StartingFile(path: path).write(text())
  }
}
