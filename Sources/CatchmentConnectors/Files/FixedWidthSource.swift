public import Catchment

/// Files of text whose columns begin and end at the same place in every line.
///
/// ```yaml
/// extract: { fixed_width: { path: accounts.txt, columns: { id: 1-6, name: 7-26, kind: 27 } } }
/// extract: { fixed_width: { path: accounts.zip, layout: accounts-layout.yaml } }
/// ```
public struct FixedWidthSource: FileSource, Configurable {
  public static let kind = "fixed_width"
  public static let summary =
    "Text files whose columns begin and end at the same place in every line; also within archives."
  public static var options: [StepOption<FixedWidthSource>] {
    FileSet.options.map { $0.within(\.files) } + [
      .optional(
        "columns", \.columns,
        "Each column's name with its first and last character, counted from 1: name: 7-26."),
      .optional(
        "layout", \.layout, "In the place of columns: the layout's file, or the layout itself."),
      .optional("member", \.member, "Which member to read when the file is an archive of several."),
      .optional("skip", \.skip, "Lines at the beginning that are passed over."),
      .optional(
        "trim", \.trims, "Whether spaces around a value are left out; nothing is then NULL."),
    ]
  }

  var files = FileSet()
  private var columns = NamedValues<CharacterSpan>()
  private var layout: LayoutReference?
  private var member: String?
  private var skip = 0
  private var trims = true
  public var name: String { Self.kind }
  public var passesRows: Bool { true }
  private static let packing = Packing([".txt", ".dat", ".fwf"])
  /// With a layout archives are read where they lie.
  public var packing: Packing? { layout == nil ? Self.packing : nil }

  public init() {}

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - columns: each with its first and last character, counted from 1.
  public init(_ path: String, columns: KeyValuePairs<String, CharacterSpan>) {
    files.path = path
    self.columns = NamedValues(columns)
  }

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - layout: says of each column where it stands.
  ///   - member: which member to read when the file is an archive of several.
  public init(_ path: String, layout: Layout, member: String? = nil) {
    files.path = path
    self.layout = .inline(layout)
    self.member = member
  }

  public mutating func locate(in directory: String) {
    files.locate(in: directory)
    layout?.locate(in: directory)
  }

  public func check() throws(OptionError) {
    if columns.members.isEmpty, layout == nil { throw OptionError("needs at least one column") }
    if !columns.members.isEmpty, layout != nil {
      throw OptionError("takes columns or a layout, not both")
    }
    if skip < 0 { throw OptionError("cannot pass over \(skip) lines") }
    if layout != nil, skip > 0 || !trims {
      throw OptionError("takes skip and trim from the layout, when there is one")
    }
  }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, Self.packing)
  }

  public func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    guard layout != nil else { return nil }
    return try places().words(member)
  }

  /// Without a layout values are text; a step casts them.
  ///
  /// Blank lines are passed over. A line that ends before its last column begins is a dead letter, and
  /// so is one that does not fit the layout or is not in its encoding.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    try LayoutTable(layout: places())
      .read(TextFile(path: path, name: unit.path, member: member), in: bench)
  }

  private func places() throws(CatchmentError) -> Layout {
    guard let layout = try layout?.layout() else {
      return Layout(places: columns, skip: skip, trims: trims)
    }
    guard layout.isFixedWidth else {
      throw CatchmentError(
        .configuration, "the layout does not say where its columns stand",
        hint: "give each of them its place, as in name: { at: 7-26 }, or use delimited")
    }
    return layout
  }
}

extension TableSource where Self == FixedWidthSource {
  /// Text files whose columns begin and end at the same place in every line.
  public static func fixedWidth(
    _ path: String, columns: KeyValuePairs<String, CharacterSpan>
  ) -> FixedWidthSource {
    FixedWidthSource(path, columns: columns)
  }

  /// Text files that a layout cuts into columns.
  public static func fixedWidth(
    _ path: String, layout: Layout, member: String? = nil
  ) -> FixedWidthSource {
    FixedWidthSource(path, layout: layout, member: member)
  }
}

/// A column's first and last character, counted from 1: `7-26`, or one alone.
public struct CharacterSpan: OptionValue, Hashable {
  var range: ClosedRange<Int>

  init(_ range: ClosedRange<Int>) { self.range = range }

  /// From one character to another, which belongs to it.
  public static func characters(_ range: ClosedRange<Int>) -> CharacterSpan {
    CharacterSpan(range)
  }

  public init(_ setting: Setting) throws(OptionError) {
    switch setting.value {
    case .integer(let place) where place > 0: range = place...place
    case .text(let text):
      let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first > 0, last >= first
      else {
        throw .expected("a first and a last character such as 7-26", not: setting)
      }
      range = first...last
    default: throw .expected("a first and a last character such as 7-26", not: setting)
    }
  }

  public var setting: Setting {
    range.count == 1
      ? range.lowerBound.setting : "\(range.lowerBound)-\(range.upperBound)".setting
  }

  public static var schema: Setting { .map(["type": ["string", "integer"].setting]) }
}
