/// Which rows of a source are new: those at or after the greatest value of a column so far.
///
/// ```swift
/// Pipeline("orders").extract(…).load(…).cursor(PipelineCursor("updated_at", nulls: .skip))
/// ```
public struct PipelineCursor: OptionValue, Hashable {
  /// What becomes of rows that have no value in the column.
  public enum Nulls: String, OptionWord, Hashable {
    /// They are loaded, each once.
    case include
    /// They are passed over, in every run.
    case skip
    /// They end the run before anything of theirs is loaded.
    case fail
  }

  /// A column of the source, whose values only grow.
  public var column: String
  /// Rows before it are passed over; nil for none.
  public var start: Scalar?
  public var nulls: Nulls
  /// Of one run alone: rows from this value on, whatever was loaded before.
  ///
  /// It is no part of a configuration.
  public var since: Scalar?

  public init(_ column: String, start: Scalar? = nil, nulls: Nulls = .fail) {
    self.column = column
    self.start = start
    self.nulls = nulls
  }

  private static let keys = ["column", "start", "nulls"]

  /// A text is the column alone.
  public init(_ setting: Setting) throws(OptionError) {
    if let column = setting.text {
      self.init(column)
      return
    }
    let members = try setting.members(Self.keys)
    guard let column = members["column"] else {
      throw OptionError("needs a column, such as column: updated_at", at: setting.place)
    }
    self.init(try String(column))
    if let start = members["start"] { self.start = try Scalar(start) }
    if let nulls = members["nulls"] { self.nulls = try Nulls(nulls) }
  }

  public var setting: Setting {
    var entries = [Setting.Entry("column", column.setting)]
    if let start { entries.append(.init("start", start.setting)) }
    if nulls != .fail { entries.append(.init("nulls", nulls.setting)) }
    return entries.count == 1 ? column.setting : Setting(.map(entries))
  }

  public static var schema: Setting {
    .map([
      "anyOf": Setting(
        .list([
          String.schema,
          .map([
            "type": "object".setting,
            "properties": .map([
              "column": String.schema, "start": Scalar.schema, "nulls": Nulls.schema,
            ]),
            "required": ["column"].setting, "additionalProperties": false.setting,
          ]),
        ]))
    ])
  }
}
