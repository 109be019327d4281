internal import Catchment

/// What numbers mean by the format that they are shown in.
enum NumberMeaning: UInt8 {
  case number
  /// A day, perhaps with a time.
  case date
  /// A time of the day, or how long something takes.
  case time
}

/// What the numbers of cells mean, by the numbers of their styles.
struct CellStyles: Sendable {
  private var meanings: [NumberMeaning] = []

  /// - Parameter part: where they are; nil for none.
  init(_ part: String?, of package: WorkbookPackage) throws(CatchmentError) {
    guard let part else { return }
    let visitor = StylesVisitor()
    guard try package.read(part, telling: visitor) else { return }
    meanings = visitor.formats.map { format in
      visitor.codes[format].map { NumberMeaning(formatCode: $0) } ?? NumberMeaning(format: format)
    }
  }

  @inline(__always)
  func meaning(_ style: Int) -> NumberMeaning {
    meanings.indices.contains(style) ? meanings[style] : .number
  }
}

private final class StylesVisitor: XMLVisitor {
  /// The number of each style's format.
  private(set) var formats: [Int] = []
  /// The formats that the workbook has of its own.
  private(set) var codes: [Int: String] = [:]
  private var isInStyles = false

  func begin(_ name: XMLName, _ attributes: XMLAttributes) {
    if name("cellXfs") { isInStyles = true }
    if name("xf"), isInStyles {
      formats.append(attributes.string("numFmtId").flatMap(Int.init) ?? 0)
    }
    if name("numFmt"), !isInStyles, let id = attributes.string("numFmtId").flatMap(Int.init) {
      codes[id] = attributes.string("formatCode")
    }
  }

  func end(_ name: XMLName) { if name("cellXfs") { isInStyles = false } }
  func text(_ bytes: UnsafeRawBufferPointer) {}
}

extension NumberMeaning {
  /// That of a format which every workbook has; some stand for other ones in East Asia.
  init(format: Int) {
    self =
      switch format {
      case 14...17, 22, 27...31, 36, 50...58: .date
      case 18...21, 32...35, 45...47: .time
      default: .number
      }
  }

  /// By the letters of a format's first section, such as `yyyy-mm-dd` or `[h]:mm`.
  ///
  /// What stands in quotation marks or behind a backslash is shown as it is, and what is in brackets is no
  /// letter of a date unless it is of a time that counts on.
  init(formatCode code: String) {
    let letters = Self.letters(code)
    let (hasDay, hasClock) = (
      letters.contains { "dy".contains($0) }, letters.contains { "hs".contains($0) }
    )
    if hasDay {
      self = .date
    } else if hasClock {
      self = .time
    } else {
      self = letters.contains("m") ? .date : .number
    }
  }

  private static func letters(_ code: String) -> [Character] {
    var letters: [Character] = []
    var rest = Substring(code)
    while let mark = rest.popFirst(), mark != ";" {
      switch mark {
      case "\"": rest = rest.drop { $0 != "\"" }.dropFirst()
      case "\\", "_", "*": rest = rest.dropFirst()
      case "[":
        let inner = rest.prefix { $0 != "]" }.lowercased()
        rest = rest.dropFirst(inner.count + 1)
        if ["h", "hh", "m", "mm", "s", "ss"].contains(inner) { letters.append("h") }
      default: letters += mark.lowercased()
      }
    }
    return letters
  }
}
