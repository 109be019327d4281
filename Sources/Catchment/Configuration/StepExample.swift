/// A step with rows before it and after it: documentation that is run as a test.
///
/// ```swift
/// public static var examples: [StepExample] {
///   [
///     StepExample(
///       "Rows with an amount pass.", Filter("amount > 0"),
///       input: """
///         id | amount
///         1  | 10
///         2  | -5
///         """,
///       output: """
///         id | amount
///         1  | 10
///         """)
///   ]
/// }
/// ```
public struct StepExample: Sendable {
  /// What it shows, in a sentence.
  public let about: String
  public let step: any Configurable & Transform
  public let input: ExampleTable
  public let output: ExampleTable
  /// The dead letters, with the columns `code`, `column`, `value` and `message`; nil for none.
  public let rejects: ExampleTable?
  /// Files that the step reads, by their names.
  public let files: [String: String]

  public init(
    _ about: String, _ step: any Configurable & Transform, input: ExampleTable,
    output: ExampleTable, rejects: ExampleTable? = nil, files: [String: String] = [:]
  ) {
    self.about = about
    self.step = step
    self.input = input
    self.output = output
    self.rejects = rejects
    self.files = files
  }

  /// The step as a file says it.
  public var setting: Setting {
    Setting(.list([Setting(.map([.init(type(of: step).kind, step.settings)]))]))
  }
}
