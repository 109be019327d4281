internal import JSONTape

/// What a call's output tells of how it went: most versions write the exit code and the time taken
/// nowhere else.
struct CodexOutput {
  private(set) var result = ToolResult()

  init(_ output: JSONValue?, _ parser: TapeParser) {
    guard let output else { return }
    if let success = output["success"]?.boolean { result.isError = !success }
    let text = output.text ?? output["content"]?.text ?? Self.firstText(output)
    if let text { read(text.bytes, parser) }
    if let code = result.exitCode { result.isError = code != 0 }
  }

  private static func firstText(_ blocks: JSONValue) -> JSONText? {
    for block in blocks.elements { if let text = block["text"]?.text { return text } }
    return nil
  }

  private mutating func read(_ text: Slice, _ parser: TapeParser) {
    if text.starts(with: "{") { return readJSON(text, parser) }
    if text.starts(with: "failed in sandbox") || text.starts(with: "execution error") {
      result.exitCode = head(of: text).number(after: "exit code: ").flatMap(Self.code)
      result.isError = true
      return
    }
    let head = head(of: text)
    guard text.starts(with: "Exit code: ") || head.firstRange(of: "Wall time") != nil else {
      return
    }
    let code =
      head.number(after: "Exit code: ")
      ?? head.number(after: "Process exited with code ")
    result.exitCode = code.flatMap(Self.code)
    let seconds =
      head.number(after: "Wall time: ") ?? head.number(after: "Wall time ")
    result.duration = seconds.flatMap(Self.milliseconds)
  }

  /// `{"output": …, "metadata": {"exit_code": …, "duration_seconds": …}}`.
  private mutating func readJSON(_ text: Slice, _ parser: TapeParser) {
    do throws(JSONError) {
      let metadata = try parser.parse(text, isPadded: false)["metadata"]
      result.exitCode = metadata?["exit_code"]?.double.flatMap(Self.code)
      result.duration = metadata?["duration_seconds"]?.double.flatMap(Self.milliseconds)
    } catch {
      // Output that only looks like JSON tells nothing.
    }
  }

  /// What stands before the output itself, or the beginning where no mark says so.
  private func head(of text: Slice) -> Slice {
    let beginning = Slice(rebasing: text.prefix(400))
    let end = beginning.firstRange(of: "Output:\n")?.lowerBound ?? beginning.count
    return Slice(rebasing: beginning[..<end])
  }

  static func code(_ number: Double) -> Int32? { Int32(exactly: number) }

  static func milliseconds(_ seconds: Double) -> Int64? {
    guard seconds >= 0, seconds < 1e9 else { return nil }
    return Int64((seconds * 1_000).rounded())
  }
}
