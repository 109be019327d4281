internal import JSONTape

/// The calls of a task, and what came back from them.
struct TaskCalls {
  /// Calls of these kinds get what came back in an entry of its own.
  enum Kind: Hashable {
    case command, commandOutput, tool, server, serverOutput, browser, browserOutput, childOutput

    init?(_ entry: JSONText) {
      switch entry {
      case "command": self = .command
      case "command_output": self = .commandOutput
      case "tool": self = .tool
      case "use_mcp_server", "use_mcp_tool": self = .server
      case "mcp_server_response": self = .serverOutput
      case "browser_action_launch", "browser_action": self = .browser
      case "browser_action_result": self = .browserOutput
      case "subtask_result": self = .childOutput
      default: return nil
      }
    }

    var isOutput: Bool { source != nil }

    /// The kind of call that an output belongs to.
    var source: Kind? {
      switch self {
      case .commandOutput: .command
      case .serverOutput: .server
      case .browserOutput: .browser
      case .childOutput: .tool
      case .command, .tool, .server, .browser: nil
      }
    }
  }

  /// The text that came back, in its parts.
  private struct Output {
    var parts: [String] = []
    var isError: Bool?
    var exitCode: Int32?
    var completed: Int64?
  }

  private var names: Set<String> = []
  private var last: [Kind: Int] = [:]
  /// The last call of any kind, while nothing has come back from it.
  private var open: Int?
  private var outputs: [Int: Output] = [:]

  mutating func begin(
    _ entry: TaskEntry, _ kind: Kind, in message: Int, _ drafts: ConversationDrafts
  ) {
    // Calls at the same time are told apart by their places.
    let name = names.insert(entry.name).inserted ? entry.name : "\(entry.name)#\(names.count)"
    names.insert(name)
    let described = TaskCall(entry, kind, drafts)
    let call = drafts.addCall(
      drafts.arena.keep(name), name: described.name, input: described.input, to: message,
      started: entry.time)
    if let output = described.output { drafts.attach(ToolResult(output: output), to: call) }
    let isChild = JSONText(bytes: described.name) == "newTask"
    if kind != .tool || isChild { last[kind] = call }
    open = call
  }

  /// A part of what came back; it may come after other entries.
  mutating func addOutput(_ entry: TaskEntry, _ kind: Kind, _ drafts: ConversationDrafts) {
    guard let source = kind.source, let call = last[source], let text = entry.text?.words else {
      return
    }
    if open == call { open = nil }
    outputs[call, default: Output()].parts.append(text)
    outputs[call]?.completed = entry.time
    guard kind == .commandOutput, let code = ExitCode.stated(in: text) else { return }
    outputs[call]?.exitCode = code
    if code != 0 { outputs[call]?.isError = true }
  }

  /// An error that follows a call is what came of it.
  mutating func fail(_ entry: TaskEntry, _ drafts: ConversationDrafts) {
    guard let call = open, let text = entry.text?.words else { return }
    open = nil
    outputs[call, default: Output()].parts.append(text)
    outputs[call]?.isError = true
    outputs[call]?.completed = entry.time
  }

  /// Joins what came back to the calls.
  func settle(_ drafts: ConversationDrafts) {
    for (call, output) in outputs {
      let text = output.parts.joined(separator: "\n")
      drafts.attach(
        ToolResult(
          output: drafts.json(text), isError: output.isError, exitCode: output.exitCode,
          completed: output.completed), to: call)
    }
  }
}

/// What an entry says of a call: its name and input, and what came back when that is in it too.
private struct TaskCall {
  let name: Slice
  let input: Slice?
  var output: Slice?

  /// Tools whose `content` is what came back; for others it is what was asked for.
  private static let answering: Set<String> = [
    "listFilesTopLevel", "listFilesRecursive", "listCodeDefinitionNames", "searchFiles",
    "codebaseSearch", "webFetch", "webSearch",
  ]

  init(_ entry: TaskEntry, _ kind: TaskCalls.Kind, _ drafts: ConversationDrafts) {
    let facts = drafts.nested(entry.text)
    switch kind {
    case .command:
      name = drafts.arena.keep("execute_command")
      input = drafts.arena.keep("{\"command\":\(JSONString.quoted(entry.text?.words ?? ""))}")
    case .browser:
      name = drafts.arena.keep("browser_action")
      input = drafts.embedded(entry.text)
    case .server:
      let tool = facts?["toolName"] ?? facts?["tool"] ?? facts?["uri"]
      name = drafts.keep(tool) ?? drafts.arena.keep("use_mcp_server")
      input = drafts.embedded(entry.text)
    default:
      name = drafts.keep(facts?["tool"]) ?? drafts.arena.keep("tool")
      input = drafts.embedded(entry.text)
      if Self.answering.contains(name.string), let content = facts?["content"], !content.isNull {
        output = drafts.slice(content)
      }
    }
  }
}

/// The code that a command's output says it ended with.
enum ExitCode {
  private static let marks: [StaticString] = [
    "exit code: ", "Exit code: ", "exit code ", "Exit code ",
  ]

  static func stated(in text: String) -> Int32? {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = Slice(bytes)
      for mark in marks {
        guard let found = bytes.firstRange(of: mark) else { continue }
        let digits = bytes[found.upperBound...].prefix { $0 == 0x2D || (0x30...0x39).contains($0) }
        if let code = Int32(String(decoding: digits, as: UTF8.self)) { return code }
      }
      return nil
    }
  }
}
