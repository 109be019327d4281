public import Catchment
internal import CatchmentEngine

/// Runs a transform's examples: what the documentation shows is what happens.
///
/// ```swift
/// for kind in Catalogue.kinds.transforms { try ExampleCheck(kind).run() }
/// ```
public struct ExampleCheck {
  private let kind: Kind<any Transform>

  public init(_ kind: Kind<any Transform>) { self.kind = kind }

  /// Throws a `TestFailure` that names the example and what came out of it.
  public func run() throws {
    if kind.examples.isEmpty { throw TestFailure("\(kind.name) has no example") }
    for example in kind.examples { try run(example) }
  }

  /// The step is made of the text that the documentation shows.
  private func run(_ example: StepExample) throws {
    let folder = try TemporaryDirectory()
    for (name, content) in example.files { try folder.write(content, to: name) }
    let text = try YAML.write(example.setting)
    let read = try YAML.read(text, file: "example")
    guard let entry = read.elements?.first?.entries?.first, entry.name == kind.name else {
      throw TestFailure("\(kind.name): an example shows another step: \(text)")
    }
    guard
      try (kind.make(entry.setting, in: "example") as? any Configurable)?.settings
        == example.step.settings
    else { throw TestFailure("\(kind.name): it reads back as something else: \(text)") }
    let step = try kind.make(entry.setting, in: "\(folder.path)/example.yaml")
    let bench = try Workbench()
    let input = try bench.table(example.input.sql)
    let result = try step.apply(to: input, in: bench)
    try check(result, example, bench)
  }

  private func check(_ result: Transformed, _ example: StepExample, _ bench: Workbench) throws {
    func fail(_ what: String) -> TestFailure {
      TestFailure("\(kind.name), \"\(example.about)\": \(what)")
    }
    if let difference = try example.output.difference(from: result.rows, in: bench) {
      throw fail(difference)
    }
    guard result.counts.isConserved else { throw fail("it does not add up: \(result.counts)") }
    guard let wanted = example.rejects else {
      if result.counts.deadLettered > 0 { throw fail("dead letters that it does not show") }
      return
    }
    guard let rejects = result.rejects else { throw fail("there are no dead letters") }
    let shown = try bench.view(
      "SELECT code, \"column\", \"value\", message FROM \(rejects.sql)")
    if let difference = try wanted.difference(from: shown, in: bench) {
      throw fail("dead letters: \(difference)")
    }
  }
}
