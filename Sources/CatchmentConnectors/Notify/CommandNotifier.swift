public import Catchment
internal import Foundation
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// A program that is started for each event, with the event as JSON on its standard input.
///
/// No shell reads its arguments. What it prints is passed over; what it says to stderr is seen.
public struct CommandNotifier: Notifier, Configurable, Hashable {
  /// The program and its arguments.
  public var arguments: [String] = []

  public init() {}

  public init(_ arguments: [String]) { self.arguments = arguments }

  public static let kind = "command"
  public static let summary = "A program, which is given the event as JSON on its standard input."
  public static let options: [StepOption<CommandNotifier>] = [
    .required(
      "run", \.arguments,
      """
      The program and its arguments, as a list; no shell reads them. CATCHMENT_EVENT says what \
      happened, CATCHMENT_TITLE in a line for people.
      """)
  ]

  public func check() throws(OptionError) {
    guard let program = arguments.first, !program.isEmpty else {
      throw OptionError("names no program; write it as run: [program, argument]")
    }
    guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
      throw OptionError("has an argument with U+0000, which no program can be given")
    }
  }

  public mutating func locate(in directory: String) {
    guard let program = arguments.first, program.contains("/") else { return }
    arguments[0] = Path.joined(program, to: directory)
  }

  /// Arguments may hold what is nobody's business.
  public var place: String { "the command \(arguments.first ?? "")" }

  public func send(_ event: RunEvent) async throws(CatchmentError) {
    let process = Process()
    process.executableURL = URL(filePath: try program())
    process.arguments = Array(arguments.dropFirst())
    var environment = ProcessInfo.processInfo.environment
    environment["CATCHMENT_EVENT"] = event.kind.rawValue
    environment["CATCHMENT_TITLE"] = event.title
    process.environment = environment
    process.standardInput = try Self.input(event.json + "\n")
    process.standardOutput = FileHandle.nullDevice
    let status = try await Self.run(process, place)
    guard status != 0 else { return }
    throw CatchmentError(
      .failed, "\(place) ended with exit code \(status)",
      hint: "run it by hand, with the message of `catchment notify --json` on its standard input")
  }

  // MARK: The process

  /// The program's file, as a shell would find it.
  private func program() throws(CatchmentError) -> String {
    let name = arguments.first ?? ""
    if name.contains("/") { return name }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
      .split(separator: ":")
    for folder in folders where access("\(folder)/\(name)", X_OK) == 0 {
      return "\(folder)/\(name)"
    }
    throw CatchmentError(
      .configuration, "there is no program \"\(name)\" on the PATH",
      hint: "check how it is spelt, or name it with its folder")
  }

  /// A file without a name, so that nobody waits for a program that does not read.
  private static func input(_ text: String) throws(CatchmentError) -> FileHandle {
    let descriptor = try TemporaryFile.make(in: NSTemporaryDirectory()).descriptor
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try file.write(contentsOf: Data(text.utf8))
      try file.seek(toOffset: 0)
    } catch {
      throw CatchmentError(.failed, "the message could not be written", cause: "\(error)")
    }
    return file
  }

  /// Runs it to its end, which comes at once when the task is cancelled; the result is its exit code.
  private static func run(
    _ process: Process, _ place: String
  ) async throws(CatchmentError) -> Int32 {
    let result: Result<Int32, CatchmentError> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        process.terminationHandler = { continuation.resume(returning: .success($0.status)) }
        do { try process.run() } catch {
          let cause = error.localizedDescription
          continuation.resume(
            returning: .failure(
              CatchmentError(.configuration, "\(place) cannot be started", cause: cause)))
        }
        // It may have been cancelled before there was anything to end.
        if Task.isCancelled { process.end() }
      }
    } onCancel: {
      process.end()
    }
    return try result.get()
  }
}

extension Process {
  fileprivate func end() {
    if isRunning { kill(processIdentifier, SIGKILL) }
  }

  /// As a shell has it: 128 and the number of the signal that ended it.
  fileprivate var status: Int32 {
    terminationReason == .uncaughtSignal ? 128 + terminationStatus : terminationStatus
  }
}

extension Notifier where Self == CommandNotifier {
  public static func command(_ arguments: String...) -> CommandNotifier {
    CommandNotifier(arguments)
  }
}
