/// Rows in columns that line up.
///
/// Widths are settled by the first thousand rows; what comes later is printed as it arrives, so a
/// table of any length is printed in little memory.
struct TextTable {
  struct Column {
    var name: String
    var isNumber: Bool

    init(_ name: String, isNumber: Bool = false) {
      self.name = name
      self.isNumber = isNumber
    }
  }

  struct Cell {
    var text: String
    var isDim = false

    init(_ text: String, isDim: Bool = false) {
      self.text = text
      self.isDim = isDim
    }

    static let null = Cell("NULL", isDim: true)
  }

  private let columns: [Column]
  private let style: Style
  /// The most columns of the screen to use, or nil for as many as it takes.
  private let width: Int?
  private var waiting: [[Cell]] = []
  private var widths: [Int] = []
  private var isBegun = false
  private(set) var rowCount = 0

  init(_ columns: [Column], style: Style, width: Int? = nil) {
    self.columns = columns
    self.style = style
    self.width = width
  }

  mutating func add(_ row: [Cell]) {
    rowCount += 1
    guard isBegun else {
      waiting.append(row)
      if waiting.count == 1_000 { begin() }
      return
    }
    Output.line(line(row))
  }

  mutating func finish() {
    if !isBegun { begin() }
  }

  private mutating func begin() {
    isBegun = true
    widths = columns.indices.map { index in
      waiting.reduce(columns[index].name.displayWidth) { max($0, $1[index].text.displayWidth) }
    }
    shrink()
    let names = zip(columns, widths).map { style.bold(fit($0.name, $1, onLeft: $0.isNumber)) }
    Output.line(names.joined(separator: "  ").trimmedEnd)
    Output.line(style.dim(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")))
    Output.data(waiting.map { line($0) + "\n" }.joined())
    waiting = []
  }

  /// Takes room from the widest column until the table fits, as far as that is of use.
  private mutating func shrink() {
    guard let width else { return }
    var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
    while excess > 0 {
      guard let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8
      else { return }
      widths[widest] -= 1
      excess -= 1
    }
  }

  private func line(_ row: [Cell]) -> String {
    var parts: [String] = []
    for (index, cell) in row.enumerated() {
      let text = fit(cell.text, widths[index], onLeft: columns[index].isNumber)
      parts.append(cell.isDim ? style.dim(text) : text)
    }
    return parts.joined(separator: "  ").trimmedEnd
  }

  private func fit(_ text: String, _ room: Int, onLeft: Bool) -> String {
    (width == nil ? text : text.cut(to: room)).padded(to: room, onLeft: onLeft)
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var text = self[...]
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
