/// A kind of source, transform, destination or receiver that a configuration can name.
///
/// ```swift
/// public static let transforms: [Kind<any Transform>] = [
///   Kind(Filter.self) { $0 }, Kind(SQLTransform.self) { $0 },
/// ]
/// ```
public struct Kind<Product>: Sendable {
  /// What users type: `drop_nulls`.
  public let name: String
  /// What it does, in a sentence.
  public let summary: String
  public let options: [OptionDescription]
  /// What it does with rows, shown; each is run as a test.
  public let examples: [StepExample]
  private let read: @Sendable (Setting, String) throws(CatchmentError) -> Product

  /// What people and editors are told of an option.
  public struct OptionDescription: Sendable, Hashable {
    public let name: String
    public let summary: String
    public let isRequired: Bool
    public let schema: Setting
    /// What it is when nothing is said; nil for a required one.
    public let standard: Setting?
  }

  /// - Parameter wrap: makes the product of a value, which needs no more than `{ $0 }`.
  public init<Value: Configurable>(
    _ type: Value.Type, _ wrap: @escaping @Sendable (Value) -> Product
  ) {
    name = Value.kind
    summary = Value.summary
    examples = Value.examples
    let plain = Value()
    options = Value.options.map { option in
      OptionDescription(
        name: option.name, summary: option.summary, isRequired: option.isRequired,
        schema: option.schema, standard: option.isRequired ? nil : option.write(plain))
    }
    read = { (setting, file) throws(CatchmentError) in
      var value = try Value(setting, in: file)
      value.locate(in: Path.directory(of: file))
      return wrap(value)
    }
  }

  /// Makes one as a configuration says; `file` is for the words of complaints.
  public func make(_ setting: Setting, in file: String) throws(CatchmentError) -> Product {
    try read(setting, file)
  }
}

/// What a configuration can name.
public struct Kinds: Sendable {
  public let sources: [Kind<any TableSource>]
  public let transforms: [Kind<any Transform>]
  public let destinations: [Kind<any Destination>]
  /// Who can be told of runs.
  public let receivers: [Kind<any Notifier>]

  public init(
    sources: [Kind<any TableSource>], transforms: [Kind<any Transform>],
    destinations: [Kind<any Destination>], receivers: [Kind<any Notifier>] = []
  ) {
    self.sources = sources
    self.transforms = transforms
    self.destinations = destinations
    self.receivers = receivers
  }
}
