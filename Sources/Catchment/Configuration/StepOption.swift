/// An option of a source, a transform or a destination: declared once, and read, written, checked
/// and documented from there.
///
/// ```swift
/// public static let options: [StepOption<Filter>] = [
///   .required("where", \.condition, "A condition in SQL; rows for which it is true pass.")
/// ]
/// ```
public struct StepOption<Owner>: Sendable {
  public let name: String
  /// A sentence for people.
  public let summary: String
  public let isRequired: Bool
  /// Of one value, as JSON Schema 2020-12 has it.
  public let schema: Setting
  let read: @Sendable (Setting, inout Owner) throws(OptionError) -> Void
  let write: @Sendable (Owner) -> Setting

  /// One that must be given.
  public static func required<Value: OptionValue>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ summary: String
  ) -> StepOption {
    StepOption(name, path, summary, isRequired: true)
  }

  /// One that has the owner's own value when it is not given.
  public static func optional<Value: OptionValue>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ summary: String
  ) -> StepOption {
    StepOption(name, path, summary, isRequired: false)
  }

  /// The same option of something that `path` is a part of.
  public func within<Whole>(
    _ path: any WritableKeyPath<Whole, Owner> & Sendable
  ) -> StepOption<Whole> {
    StepOption<Whole>(
      name: name, summary: summary, isRequired: isRequired, schema: schema,
      read: { [read] (setting, whole) throws(OptionError) in
        try read(setting, &whole[keyPath: path])
      },
      write: { [write] whole in write(whole[keyPath: path]) })
  }

  private init(
    name: String, summary: String, isRequired: Bool, schema: Setting,
    read: @escaping @Sendable (Setting, inout Owner) throws(OptionError) -> Void,
    write: @escaping @Sendable (Owner) -> Setting
  ) {
    self.name = name
    self.summary = summary
    self.isRequired = isRequired
    self.schema = schema
    self.read = read
    self.write = write
  }

  private init<Value: OptionValue>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ summary: String,
    isRequired: Bool
  ) {
    self.name = name
    self.summary = summary
    self.isRequired = isRequired
    schema = Value.schema
    read = { (setting, owner) throws(OptionError) in owner[keyPath: path] = try Value(setting) }
    write = { owner in owner[keyPath: path].setting }
  }
}

/// A value that a configuration can say: a transform, a source or a destination with its options.
public protocol Configurable: Sendable {
  /// What a configuration calls it: `drop_nulls`.
  static var kind: String { get }
  /// What it does, in a sentence.
  static var summary: String { get }
  static var options: [StepOption<Self>] { get }
  /// What it does with rows; a transform that ships has at least one.
  static var examples: [StepExample] { get }
  /// With every option as it is when nothing is said; the required ones are empty.
  init()
  /// What no option can say alone: that two of them contradict each other, for instance.
  func check() throws(OptionError)
  /// Relative paths of a configuration are meant from the directory that it lies in.
  mutating func locate(in directory: String)
}

extension Configurable {
  public static var examples: [StepExample] { [] }
  public func check() throws(OptionError) {}
  public mutating func locate(in directory: String) {}

  /// What it is told, without what it would have anyway.
  public var settings: Setting {
    let plain = Self()
    var entries: [Setting.Entry] = []
    for option in Self.options {
      let setting = option.write(self)
      if option.isRequired || setting != option.write(plain) {
        entries.append(Setting.Entry(option.name, setting))
      }
    }
    return Setting(.map(entries))
  }

  /// Reads it from a configuration.
  ///
  /// A setting that is no map stands for the one required option. Throws `configuration`, with the
  /// place, for an option that is not there, is missing or has a wrong value.
  public init(_ setting: Setting, in file: String) throws(CatchmentError) {
    self.init()
    let reader = try MapReader(
      Self.entries(of: setting, in: file), Self.options.map(\.name), "option", of: Self.kind,
      in: file)
    for option in Self.options {
      guard let given = reader[option.name] else {
        guard option.isRequired else { continue }
        throw reader.failure("\(Self.kind) needs the option \"\(option.name)\"", at: setting.place)
      }
      do { try option.read(given, &self) } catch {
        throw reader.failure(
          "\"\(option.name)\" of \(Self.kind) \(error.message)", at: error.place ?? given.place)
      }
    }
    do { try check() } catch {
      throw reader.failure("\(Self.kind) \(error.message)", at: error.place ?? setting.place)
    }
  }

  private static func entries(
    of setting: Setting, in file: String
  ) throws(CatchmentError) -> [Setting.Entry] {
    if let entries = setting.entries { return entries }
    if setting.value == .null { return [] }
    let required = options.filter(\.isRequired)
    if let only = required.first, required.count == 1 { return [.init(only.name, setting)] }
    throw CatchmentError(
      .configuration, "\(kind) takes a map of options, not \(setting.kind)",
      at: .init(file: file, setting.place),
      hint: options.isEmpty
        ? "it has no options" : "its options are \(options.map(\.name).joined(separator: ", "))")
  }
}
