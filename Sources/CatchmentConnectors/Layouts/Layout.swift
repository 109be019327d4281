public import Catchment
internal import Foundation

/// What a text file's columns are, said beside it: their names, places, types and rules.
///
/// ```yaml
/// delimiter: tab
/// header: true
/// encoding: cp437
/// dates: MM/DD/YYYY
/// null_dates: 12/30/1899
/// key: acct
/// columns:
///   acct: { type: text, length: 13, digits: true }
///   yr: integer
///   land_val: { type: integer, min: 0 }
/// ```
public struct Layout: Configurable, Hashable {
  public static let kind = "layout"
  public static let summary = "What a text file's columns are."
  public static var options: [StepOption<Layout>] {
    [
      .required("columns", \.columns, "Each column's name with its type, or with its settings."),
      .optional("delimiter", \.delimiter, "What stands between values: tab or a character."),
      .optional("header", \.hasHeader, "Whether the first line has the columns' names."),
      .optional("skip", \.skip, "Lines at the beginning that are passed over."),
      .optional("encoding", \.encoding, "The file's encoding."),
      .optional("trim", \.trim, "Where spaces around a value are left out."),
      .optional("nulls", \.nulls, "Words that stand for no value; an empty value always does."),
      .optional("dates", \.dates, "How dates are written: MM/DD/YYYY."),
      .optional("null_dates", \.nullDates, "Dates that stand for no date."),
      .optional("other_columns", \.others, "What becomes of columns that are not named here."),
      .optional("key", \.key, "The columns that tell a row from others; none of them is empty."),
    ]
  }

  /// What becomes of a file's columns that the layout does not name.
  public enum Others: String, OptionWord, Hashable { case refuse, ignore }

  /// Where spaces around a value are left out.
  public enum Trim: String, OptionWord, Hashable { case both, left, right, none }

  var columns = NamedValues<LayoutColumn>()
  var delimiter = Delimiter()
  var hasHeader = true
  var skip = 0
  var encoding = TextEncoding.utf8
  var trim = Trim.both
  var nulls: [String] = []
  var dates = DatePattern.iso
  var nullDates: [String] = []
  var others = Others.refuse
  var key: [String] = []

  public init() {}

  /// Columns of text at places that are counted in characters from 1.
  init(places: NamedValues<CharacterSpan>, skip: Int, trims: Bool) {
    columns.members = places.members.map { place in
      var column = LayoutColumn()
      column.place = place.value
      return .init(name: place.name, value: column)
    }
    self.skip = skip
    trim = trims ? .both : .none
    keepsEmpty = !trims
  }

  /// Whether an empty value is text of no characters, and not NULL.
  private(set) var keepsEmpty = false

  public func check() throws(OptionError) {
    if columns.members.isEmpty { throw OptionError("needs at least one column") }
    if skip < 0 { throw OptionError("cannot pass over \(skip) lines") }
    let placed = columns.members.filter { $0.value.place != nil }
    if let other = columns.members.first(where: { $0.value.place == nil }), !placed.isEmpty {
      throw OptionError("says no place (at) for the column \"\(other.name)\"")
    }
    let names = columns.members.map(\.name)
    for name in key where !names.contains(name) {
      let near = Spelling.nearest(to: name, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
      throw OptionError("has a key \"\(name)\" that is no column\(near)")
    }
    var seen: Set<String> = []
    for name in names where !seen.insert(name.lowercased()).inserted {
      throw OptionError("names the column \"\(name)\" twice")
    }
  }

  /// Whether every column says where it stands in a line.
  var isFixedWidth: Bool { columns.members.allSatisfy { $0.value.place != nil } }

  /// Reads a layout's file.
  ///
  /// Throws `configuration` with the place of what is wrong, `sourceUnavailable` when there is none.
  public init(at path: String) throws(CatchmentError) {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
      throw CatchmentError(
        .sourceUnavailable, "the layout \(path) cannot be read", hint: "check the path",
        cause: error.localizedDescription)
    }
    try self.init(YAML.read(text, file: path), in: path)
  }
}

/// Where a layout is: in a file of its own, or in the pipeline itself.
enum LayoutReference: OptionValue, Hashable {
  case file(String)
  case inline(Layout)

  init(_ setting: Setting) throws(OptionError) {
    if let path = setting.text {
      self = .file(path)
      return
    }
    do throws(CatchmentError) { self = .inline(try Layout(setting, in: "")) } catch {
      throw OptionError("is wrong: \(error.message)", at: setting.place)
    }
  }

  var setting: Setting {
    switch self {
    case .file(let path): path.setting
    case .inline(let layout): layout.settings
    }
  }

  static var schema: Setting { .map(["type": ["string", "object"].setting]) }

  mutating func locate(in directory: String) {
    if case .file(let path) = self { self = .file(Path.joined(path, to: directory)) }
  }

  func layout() throws(CatchmentError) -> Layout {
    switch self {
    case .file(let path): try Layout(at: path)
    case .inline(let layout): layout
    }
  }
}

/// A character between values, of ASCII.
struct Delimiter: OptionValue, Hashable {
  var byte = UInt8(ascii: "\t")

  init() {}

  init(_ setting: Setting) throws(OptionError) {
    guard let text = setting.text else { throw .expected("tab or a character", not: setting) }
    let names: [String: UInt8] = ["tab": 9, "\\t": 9, "comma": 44, "semicolon": 59, "pipe": 124]
    let bytes = Array(text.utf8)
    guard let byte = names[text] ?? (bytes.count == 1 ? bytes[0] : nil), byte < 128, byte != 10
    else { throw .expected("tab or one character of ASCII", not: setting) }
    self.byte = byte
  }

  var setting: Setting {
    (byte == 9 ? "tab" : String(decoding: [byte], as: UTF8.self)).setting
  }

  static var schema: Setting { String.schema }
}
