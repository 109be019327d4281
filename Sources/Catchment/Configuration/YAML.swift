internal import Yams

/// Settings as YAML 1.2.
public enum YAML {
  /// More is no configuration, but a few lines that repeat each other a million times.
  private static let nodeLimit = 100_000

  /// What a text says, with the place of everything in it; nothing at all is an empty map.
  ///
  /// Throws `configuration` with the place of what is no YAML; `file` is for the words of that.
  public static func read(_ text: String, file: String) throws(CatchmentError) -> Setting {
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch { throw failure(error, file) }
    guard let node else { return Setting(.map([]), at: .init(line: 1, column: 1)) }
    var left = nodeLimit
    return try setting(node, file, &left)
  }

  private static func setting(
    _ node: Node, _ file: String, _ left: inout Int
  ) throws(CatchmentError) -> Setting {
    left -= 1
    let place = node.mark.map { Setting.Place(line: $0.line, column: $0.column) }
    guard left >= 0 else {
      throw CatchmentError(
        .configuration, "the file has more than \(nodeLimit) values",
        at: .init(file: file, place))
    }
    switch node {
    case .scalar(let scalar): return Self.scalar(scalar, at: place)
    case .sequence(let sequence):
      var elements: [Setting] = []
      for element in sequence { elements.append(try setting(element, file, &left)) }
      return Setting(.list(elements), at: place)
    case .mapping(let mapping):
      var entries: [Setting.Entry] = []
      for (key, value) in mapping {
        let name = key.mark.map { Setting.Place(line: $0.line, column: $0.column) }
        guard let text = key.scalar?.string else {
          throw CatchmentError(
            .configuration, "a name must be a word, not a list or a map",
            at: .init(file: file, name))
        }
        entries.append(.init(text, try setting(value, file, &left), at: name))
      }
      return Setting(.map(entries), at: place)
    case .alias:
      throw CatchmentError(
        .configuration, "an alias stands for nothing", at: .init(file: file, place))
    }
  }

  private static func scalar(_ scalar: Node.Scalar, at place: Setting.Place?) -> Setting {
    guard scalar.style == .plain || scalar.style == .any else {
      var text = Setting(.text(scalar.string), at: place)
      text.isQuoted = true
      return text
    }
    return Setting(plain: scalar.string, at: place)
  }

  private static func failure(_ error: any Error, _ file: String) -> CatchmentError {
    switch error as? YamlError {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
      .composer(_, let problem, let mark, _):
      CatchmentError(
        .configuration, "the file is not YAML: \(problem)",
        at: .init(file: file, line: mark.line, column: mark.column),
        hint: "check the indentation and quotes near that place")
    case .duplicatedKeysInMapping(let names, let context):
      CatchmentError(
        .configuration, "\"\(names.joined(separator: "\", \""))\" stands twice",
        at: .init(file: file, line: context.mark.line, column: context.mark.column),
        hint: "keep one of them")
    default:
      CatchmentError(
        .configuration, "the file is not YAML", at: .init(file: file), cause: "\(error)")
    }
  }

  // MARK: Writing

  /// Settings as text that reads as the same settings.
  public static func write(_ setting: Setting) throws(CatchmentError) -> String {
    do { return try Yams.serialize(node: node(setting), width: 96, allowUnicode: true) } catch {
      throw CatchmentError(.failed, "the settings could not be written", cause: "\(error)")
    }
  }

  private static func node(_ setting: Setting) -> Node {
    switch setting.value {
    case .null: Node("null", .implicit, .plain)
    case .flag(let flag): Node(flag ? "true" : "false", .implicit, .plain)
    case .integer(let number): Node("\(number)", .implicit, .plain)
    case .number(let number): Node("\(number)", .implicit, .plain)
    case .text(let text): Node(text, .implicit, style(of: text))
    case .list(let elements): Node(elements.map(node), .implicit, .block)
    case .map(let entries):
      Node(entries.map { (Node($0.name, .implicit, style(of: $0.name)), node($0.setting)) })
    }
  }

  /// Text that would read as something else stands in quotes; of several lines, as it is.
  private static func style(of text: String) -> Node.Scalar.Style {
    guard Setting(plain: text).value == .text(text) else { return .doubleQuoted }
    return text.contains("\n") ? .literal : .any
  }
}
