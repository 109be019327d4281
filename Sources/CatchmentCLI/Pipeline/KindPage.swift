import Foundation
import Catchment
import CatchmentEngine

/// A source, transform or destination with its options, for people.
struct KindPage {
  let name: String
  private let summary: String
  private let options: [Option]

  private struct Option {
    var name: String
    var summary: String
    var note: String
  }

  init<Product>(_ kind: Kind<Product>) {
    name = kind.name
    summary = kind.summary
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

  func print() {
    Output.line("\(name): \(summary)")
    for option in options {
      Output.line("  \(option.name) (\(option.note))")
      Output.line("      \(option.summary)")
    }
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
