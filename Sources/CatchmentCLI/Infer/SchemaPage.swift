import Catchment
import CatchmentTransforms

/// What was found out of a file's columns, for people and for scripts.
struct SchemaPage {
  let source: String
  let file: DataFile
  let schema: InferredSchema

  func print(_ style: Style) {
    Output.line("\(style.bold(source.safe)): \(heading)")
    let width = schema.columns.map { $0.name.safe.displayWidth }.max() ?? 0
    for column in schema.columns {
      let name = column.name.safe
      let gap = String(repeating: " ", count: max(0, width - name.displayWidth))
      Output.line("  \(style.bold(name))\(gap)  \(Self.facts(column).joined(separator: ", ").safe)")
      for evidence in column.evidence {
        Output.line(style.dim("  \(String(repeating: " ", count: width))    \(evidence.text.safe)"))
      }
    }
  }

  private var heading: String {
    var parts = [file.extract.kind, Figures.of(schema.rows, "row")]
    if schema.looked < schema.rows { parts.append("\(Figures.count(schema.looked)) looked at") }
    if file.rejected > 0 { parts.append("\(Figures.count(file.rejected)) could not be read") }
    if file.files > 1 { parts.append("\(file.files) files") }
    return parts.joined(separator: ", ")
  }

  /// What a column is, in a few words.
  static func facts(_ column: InferredColumn) -> [String] {
    var facts = [column.type + column.formats.map { " (\($0))" }.joined()]
    if let kind = column.kind { facts.append(kind.rawValue) }
    if let confidence = column.confidence {
      facts.append("confidence \(Figures.fixed(confidence, 2))")
    }
    if column.isUnique { facts.append("unique") }
    if column.missing > 0 { facts.append("\(Figures.count(column.missing)) missing") }
    if let least = column.least, let greatest = column.greatest, column.choices.isEmpty {
      facts.append("\(least) … \(greatest)")
    }
    if !column.choices.isEmpty {
      facts.append("one of \(column.choices.joined(separator: ", "))")
    }
    if column.isSensitive { facts.append("sensitive") }
    return facts
  }

  var json: JSON {
    JSON([
      "file": .text(source), "kind": .text(file.extract.kind), "rows": .integer(schema.rows),
      "looked_at": .integer(schema.looked), "unreadable": .integer(file.rejected),
      "columns": .array(schema.columns.map(\.json)),
    ])
  }
}

extension InferredColumn {
  var json: JSON {
    func text(_ text: String?) -> JSON { text.map { .text($0) } ?? .null }
    return JSON([
      "name": .text(name), "type": .text(type), "formats": .array(formats.map { .text($0) }),
      "declared": .boolean(isDeclared), "kind": text(kind?.rawValue),
      "confidence": .double(confidence), "values": .integer(values), "missing": .integer(missing),
      "distinct": .integer(distinct), "unique": .boolean(isUnique), "min": text(least),
      "max": text(greatest), "shortest": .integer(lengths?.lowerBound),
      "longest": .integer(lengths?.upperBound), "choices": .array(choices.map { .text($0) }),
      "sensitive": .boolean(isSensitive),
      "evidence": .array(
        evidence.map { evidence in
          JSON([
            "count": .integer(evidence.count), "of": .integer(evidence.of),
            "test": .text(evidence.test),
            "examples": .array(evidence.examples.map { .text($0) }),
          ])
        }),
    ])
  }
}
