public import Catchment

/// Text files with a mark between values and no quoting, read by a layout.
///
/// ```yaml
/// extract:
///   delimited: { path: Real_acct_owner.zip, member: owners.txt, layout: layouts/owners.yaml }
/// ```
public struct DelimitedSource: FileSource, Configurable {
  public static let kind = "delimited"
  public static let summary =
    "Text files with a mark between values and no quoting, read by a layout; also within archives."
  public static var options: [StepOption<DelimitedSource>] {
    FileSet.options.map { $0.within(\.files) } + [
      .required("layout", \.layout, "The layout's file, or the layout itself."),
      .optional("member", \.member, "Which member to read when the file is an archive of several."),
    ]
  }

  var files = FileSet()
  private var layout = LayoutReference.inline(Layout())
  private var member: String?
  public var name: String { Self.kind }
  public var passesRows: Bool { true }

  public init() {}

  /// - Parameters:
  ///   - path: a file, a directory or a pattern.
  ///   - member: which member to read when the file is an archive of several.
  public init(_ path: String, layout: Layout, member: String? = nil) {
    files.path = path
    self.layout = .inline(layout)
    self.member = member
  }

  public mutating func locate(in directory: String) {
    files.locate(in: directory)
    layout.locate(in: directory)
  }

  public func discover() throws(CatchmentError) -> Discovery {
    try files.discovery(for: name, Packing([".txt", ".tsv", ".tab"]))
  }

  public func dialect(
    of unit: Unit, at path: String, in bench: Workbench
  ) throws(CatchmentError) -> String? {
    try layout.layout().words(member)
  }

  /// A line that does not fit the layout is a dead letter.
  public func read(
    _ unit: Unit, keptAt path: String, in bench: Workbench
  ) throws(CatchmentError) -> Extracted {
    let layout = try layout.layout()
    return try LayoutTable(layout: layout)
      .read(TextFile(path: path, name: unit.path, member: member), in: bench)
  }
}

extension Layout {
  /// How it reads a file, in words.
  func words(_ member: String?) -> String {
    let parts = [
      member ?? "", isFixedWidth ? "fixed width" : "delimiter \(delimiter.setting.text ?? "")",
      isFixedWidth ? "" : hasHeader ? "header" : "no header", encoding.rawValue,
      "\(columns.members.count) columns by layout",
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: ", ")
  }
}

extension TableSource where Self == DelimitedSource {
  /// Text files with a mark between values, read by a layout.
  public static func delimited(
    _ path: String, layout: Layout, member: String? = nil
  ) -> DelimitedSource {
    DelimitedSource(path, layout: layout, member: member)
  }
}
