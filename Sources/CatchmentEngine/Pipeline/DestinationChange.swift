internal import Catchment
internal import DuckDB

/// What loading some rows does to a destination's columns.
struct DestinationChange {
  let lines: [String]
  /// Whether the rows have other columns than the table, which is then not touched.
  let isRefused: Bool

  init(_ state: DestinationState, _ mode: LoadMode) {
    let shape = state.shape ?? []
    guard let columns = state.columns else {
      isRefused = false
      lines = state.shape == nil ? [] : ["it is made: \(Self.text(shape))"]
      return
    }
    var lines: [String] = []
    for column in shape {
      guard let old = columns.first(where: { $0.name == column.name }) else {
        lines.append("+ \(Self.text([column]))")
        continue
      }
      if old.type != column.type, old.type != .any {
        lines.append("~ \(column.name): \(old.type), the rows have \(column.type)")
      }
    }
    let names = Set(shape.map(\.name))
    lines += columns.filter { !names.contains($0.name) }.map { "- \(Self.text([$0]))" }
    self.lines = lines
    isRefused = mode != .replace && Set(columns.map(\.name)) != names
  }

  private static func text(_ columns: [Relation.Column]) -> String {
    columns.map { "\($0.name) \($0.type)" }.joined(separator: ", ")
  }

  func check() throws(CatchmentError) {
    guard isRefused else { return }
    throw CatchmentError(
      .validation, "the rows have other columns than the table; a run would load nothing",
      hint: "select the table's columns in a step, or load into another table",
      cause: lines.joined(separator: "; "))
  }
}
