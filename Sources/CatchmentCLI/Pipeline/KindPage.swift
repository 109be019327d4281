import Foundation
import Catchment
import CatchmentEngine

/// A source, transform, destination or receiver with its options, for people.
struct KindPage {
  let name: String
  private let summary: String
  private let options: [Option]
  private let examples: [StepExample]

  private struct Option {
    var name: String
    var summary: String
    var note: String
  }

  init<Product>(_ kind: Kind<Product>) {
    name = kind.name
    summary = kind.summary
    examples = kind.examples
    options = kind.options.map { option in
      let standard = option.standard.map { JSON($0).description }
      return Option(
        name: option.name, summary: option.summary,
        note: standard.map { "default: \($0)" } ?? "required")
    }
  }

  func printLine() {
    Output.line("  \(name.padding(toLength: 16, withPad: " ", startingAt: 0)) \(summary)")
  }

  func print() throws(CatchmentError) {
    Output.line("\(name): \(summary)")
    for option in options {
      Output.line("  \(option.name) (\(option.note))")
      for line in Self.lines(of: option.summary) { Output.line("      \(line)") }
    }
    for example in examples { try Self.print(example) }
  }

  /// A sentence in lines that fit a terminal.
  private static func lines(of text: String) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let line = lines[lines.count - 1]
      if line.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if line.count + word.count < 88 {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  private static func print(_ example: StepExample) throws(CatchmentError) {
    Output.line("")
    Output.line(example.about)
    for line in try YAML.write(example.setting).split(separator: "\n") {
      Output.line("    \(line)")
    }
    Output.line("  of")
    for line in example.input.lines { Output.line("    \(line)") }
    for (name, content) in example.files {
      Output.line("  and \(name)")
      for line in content.split(separator: "\n") { Output.line("    \(line)") }
    }
    Output.line("  makes")
    for line in example.output.lines { Output.line("    \(line)") }
    guard let rejects = example.rejects else { return }
    Output.line("  with dead letters")
    for line in rejects.lines { Output.line("    \(line)") }
  }
}

extension JSON {
  /// A setting as JSON.
  init(_ setting: Setting) {
    switch setting.value {
    case .null: self = .null
    case .flag(let flag): self = .boolean(flag)
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .double(number)
    case .text(let text): self = .text(text)
    case .list(let elements): self = .array(elements.map(JSON.init))
    case .map(let entries): self = .object(entries.map { Member($0.name, JSON($0.setting)) })
    }
  }
}
