import Catchment
import CatchmentTransforms

/// A profile as a page for a browser: nothing in it runs, and it loads nothing.
struct ProfilePage {
  let title: String
  let profile: TableProfile

  var html: String {
    let schema = profile.schema
    let columns = zip(schema.columns, profile.columns).map(section)
    return """
      \(head)
      <h1>\(title.shown)</h1>
      <p>\(summary.joined(separator: " · ").shown)</p>
      <nav>\(schema.columns.enumerated().map { "<a href=\"#c\($0)\">\($1.name.shown)</a>" }.joined(separator: " "))</nav>
      \(columns.enumerated().map { "<section id=\"c\($0)\">\($1)</section>" }.joined(separator: "\n"))
      \(correlations)
      </body>
      </html>

      """
  }

  private var head: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <meta name="referrer" content="no-referrer">
    <meta name="viewport" content="width=device-width">
    <title>\(title.shown)</title>
    <style>
    :root { --ink: #222; --dim: #666; --bar: #3a7; --line: #ddd; --paper: #fff; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #ddd; --dim: #999; --bar: #4b8; --line: #333; --paper: #111; }
    }
    body { font: 1rem/1.5 sans-serif; color: var(--ink); background: var(--paper);
      max-width: 60rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
    section { border-top: 1px solid var(--line); padding: 1rem 0; display: grid;
      grid-template-columns: 1fr 1fr; gap: 0 2rem; }
    h2, .facts, .evidence { grid-column: 1 / 3; margin: 0; }
    h2 small, .facts, .evidence, figcaption, .dim { color: var(--dim); font-weight: normal; }
    figure { margin: .5rem 0; }
    svg { width: 100%; height: 8rem; display: block; }
    rect { fill: var(--bar); }
    figcaption { display: flex; justify-content: space-between; gap: 1rem; font-size: .85rem; }
    table { border-collapse: collapse; font-size: .9rem; }
    td, th { padding: .1rem .6rem .1rem 0; text-align: left; font-weight: normal; }
    td.n { text-align: right; white-space: nowrap; }
    meter { width: 6rem; }
    .matrix td { text-align: right; padding: .1rem .5rem; }
    @media (max-width: 40rem) { section { display: block; } }
    </style>
    </head>
    <body>
    """
  }

  private var summary: [String] {
    let schema = profile.schema
    var parts = [
      Figures.of(schema.rows, "row"), Figures.of(schema.columns.count, "column"),
      "\(Figures.count(profile.duplicates)) duplicate rows (\(share(profile.duplicates)))",
    ]
    if schema.looked < schema.rows {
      parts.insert("\(Figures.count(schema.looked)) looked at", at: 1)
    }
    return parts
  }

  private func share(_ count: Int) -> String {
    let rows = max(1, profile.schema.looked)
    return "\(Figures.fixed(Double(count) / Double(rows) * 100, 1)) %"
  }

  // MARK: A column

  private func section(_ column: InferredColumn, _ profile: ColumnProfile) -> String {
    let kind = [column.type, column.kind?.rawValue].compactMap(\.self).joined(separator: ", ")
    return """
      <h2>\(column.name.shown) <small>\(kind.shown)</small></h2>
      <p class="facts">\(facts(column, profile).joined(separator: " · ").shown)</p>
      <p class="evidence">\(column.evidence.map(\.text).joined(separator: "; ").shown)</p>
      \(figure(profile))
      \(frequencies(column, profile))
      """
  }

  private func facts(_ column: InferredColumn, _ profile: ColumnProfile) -> [String] {
    var facts = ["missing \(share(column.missing))", "distinct \(Figures.count(column.distinct))"]
    if column.isUnique { facts.append("unique") }
    if let confidence = column.confidence {
      facts.append("confidence \(Figures.fixed(confidence, 2))")
    }
    if let least = column.least, let greatest = column.greatest {
      facts.append("from \(least) to \(greatest)")
    }
    if let lengths = column.lengths {
      facts.append("\(lengths.lowerBound) to \(lengths.upperBound) characters")
    }
    if let mean = profile.mean { facts.append("mean \(Self.number(mean))") }
    if let deviation = profile.deviation { facts.append("deviation \(Self.number(deviation))") }
    if profile.quartiles.count == 3 {
      facts.append("quartiles \(profile.quartiles.map(Self.number).joined(separator: ", "))")
    }
    return facts
  }

  static func number(_ number: Double) -> String {
    let isPlain = abs(number) < 1e9 && (abs(number) >= 0.01 || number == 0)
    if isPlain, number == number.rounded() { return Figures.fixed(number, 0) }
    return isPlain ? Figures.fixed(number, 2) : "\(number)"
  }

  private func figure(_ profile: ColumnProfile) -> String {
    guard let first = profile.bins.first, let last = profile.bins.last else { return "<div></div>" }
    let most = Double(profile.bins.map(\.count).max() ?? 1)
    let width = 240.0 / Double(profile.bins.count)
    let bars = profile.bins.enumerated().map { place, bin in
      let height = bin.count == 0 ? 0 : max(1, Double(bin.count) / most * 100)
      let x = Figures.fixed(Double(place) * width + 0.5, 2)
      let title = "\(bin.low) to \(bin.high): \(Figures.count(bin.count))"
      return "<rect x=\"\(x)\" y=\"\(Figures.fixed(100 - height, 2))\" "
        + "width=\"\(Figures.fixed(width - 1, 2))\" height=\"\(Figures.fixed(height, 2))\">"
        + "<title>\(title.shown)</title></rect>"
    }
    let what = profile.measure == .lengths ? "characters" : ""
    return """
      <figure><svg viewBox="0 0 240 100" preserveAspectRatio="none" role="img">\(bars.joined())</svg>
      <figcaption><span>\(Self.end(first.low).shown)</span><span>\(what)</span>\
      <span>\(Self.end(last.high).shown)</span></figcaption></figure>
      """
  }

  /// Numbers without digits that nobody reads.
  private static func end(_ text: String) -> String { Double(text).map(number) ?? text }

  private func frequencies(_ column: InferredColumn, _ profile: ColumnProfile) -> String {
    if column.isSensitive { return "<p class=\"dim\">Sensitive: no value is shown.</p>" }
    let rows = profile.frequent.map { frequency in
      """
      <tr><td>\(frequency.value.shown)</td><td class="n">\(Figures.count(frequency.count))</td>\
      <td><meter min="0" max="\(max(1, column.values))" value="\(frequency.count)">\
      \(share(frequency.count))</meter></td></tr>
      """
    }
    return "<table>\(rows.joined())</table>"
  }

  // MARK: Pairs

  private var correlations: String {
    let pairs = profile.correlations
    guard !pairs.isEmpty else { return "" }
    let places = Set(pairs.flatMap { [$0.first, $0.second] }).sorted()
    var values: [[Int]: Double] = [:]
    for pair in pairs {
      values[[pair.first, pair.second]] = pair.coefficient
      values[[pair.second, pair.first]] = pair.coefficient
    }
    let names = places.map { profile.schema.columns[$0].name.shown }
    let lines = zip(places, names).map { row, name in
      let cells = places.map { cell(row == $0 ? nil : values[[row, $0]]) }
      return "<tr><th>\(name)</th>\(cells.joined())</tr>"
    }
    return """
      <h2>Correlations</h2>
      <table class="matrix"><tr><th></th>\(names.map { "<th>\($0)</th>" }.joined())</tr>
      \(lines.joined(separator: "\n"))</table>
      """
  }

  /// The darker the stronger: green together, red against each other.
  private func cell(_ coefficient: Double?) -> String {
    guard let coefficient else { return "<td class=\"dim\">–</td>" }
    let colour = coefficient < 0 ? "200,60,60" : "50,160,110"
    let strength = Figures.fixed(abs(coefficient) * 0.7, 2)
    return
      "<td style=\"background:rgba(\(colour),\(strength))\">\(Figures.fixed(coefficient, 2))</td>"
  }
}

extension String {
  /// As text of the page.
  fileprivate var shown: String { safe.htmlEscaped }
}

extension TableProfile {
  /// For scripts.
  var json: JSON {
    JSON([
      "rows": .integer(schema.rows), "looked_at": .integer(schema.looked),
      "duplicate_rows": .integer(duplicates),
      "columns": .array(
        zip(schema.columns, columns).map { JSON(["schema": $0.json, "values": $1.json]) }),
      "correlations": .array(
        correlations.map { pair in
          JSON([
            "columns": .array(
              [pair.first, pair.second].map { .text(schema.columns[$0].name) }),
            "coefficient": .double(pair.coefficient),
          ])
        }),
    ])
  }
}

extension ColumnProfile {
  fileprivate var json: JSON {
    JSON([
      "mean": .double(mean), "deviation": .double(deviation),
      "quartiles": .array(quartiles.map { .double($0) }), "histogram_of": .text(measure.rawValue),
      "histogram": .array(
        bins.map { bin in
          JSON(["from": .text(bin.low), "to": .text(bin.high), "count": .integer(bin.count)])
        }),
      "frequent": .array(
        frequent.map { JSON(["value": .text($0.value), "count": .integer($0.count)]) }),
    ])
  }
}
