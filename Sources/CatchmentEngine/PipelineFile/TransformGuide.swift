public import Catchment

/// The page of all transforms, made of what they say of themselves.
///
/// It is `Documentation/transforms.md`, and a test compares the two: a page that is written by hand
/// goes stale.
public struct TransformGuide {
  private let kinds: [Kind<any Transform>]

  public init(_ kinds: [Kind<any Transform>]) { self.kinds = kinds }

  /// The page as Markdown.
  public func markdown() throws(CatchmentError) -> String {
    var parts = [Self.introduction, list]
    for kind in kinds { parts.append(try section(kind)) }
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    # Transforms

    A transform is a step of a [pipeline](pipelines.md). Every example below is run as a test. Names of
    columns are compared without regard to case; a name that is not there is an error that says the
    nearest one.

    Rows that a step cannot take become dead letters, with the step, the column, its value, what is
    wrong and the row as JSON, in `catchment.pipeline_dead_letters` of the destination.

    A step sees the rows of one unit (a file, for instance), or of all units when the table is replaced:
    a mean, a duplicate or a sample is of those.

    This page is what `catchment describe --markdown` prints.
    """

  private var list: String {
    let rows = kinds.map { "| [`\($0.name)`](#\($0.name)) | \($0.summary) |" }
    return (["| step | what it does |", "|---|---|"] + rows).joined(separator: "\n")
  }

  private func section(_ kind: Kind<any Transform>) throws(CatchmentError) -> String {
    var parts = ["## \(kind.name)", kind.summary]
    if !kind.options.isEmpty {
      var rows = ["| option | |", "|---|---|"]
      for option in kind.options {
        let cell = Self.cell(option.summary) + (try Self.note(option))
        rows.append("| `\(option.name)` | \(cell) |")
      }
      parts.append(rows.joined(separator: "\n"))
    }
    for example in kind.examples { parts.append(try Self.text(example)) }
    return parts.joined(separator: "\n\n")
  }

  private static func note<Product>(
    _ option: Kind<Product>.OptionDescription
  ) throws(CatchmentError) -> String {
    guard let standard = option.standard else { return " Required." }
    switch standard.value {
    case .null, .list([]), .map([]), .text(""): return ""
    default: return " Default: `\(try YAML.write(standard).trimmedLine)`."
    }
  }

  private static func text(_ example: StepExample) throws(CatchmentError) -> String {
    var parts = [
      example.about, "```yaml\n\(try YAML.write(example.setting))```",
      example.input.markdown,
    ]
    for (name, content) in example.files.sorted(by: { $0.key < $1.key }) {
      parts.append("with `\(name)`:\n\n```\n\(content)```")
    }
    parts += ["becomes", example.output.markdown]
    if let rejects = example.rejects { parts += ["and dead letters:", rejects.markdown] }
    return parts.joined(separator: "\n\n")
  }

  private static func cell(_ text: String) -> String { text.replacing("|", with: "\\|") }
}

extension String {
  fileprivate var trimmedLine: String { String(prefix { $0 != "\n" }) }
}
