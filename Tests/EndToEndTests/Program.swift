import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// The built command, run as a person or a script runs it.
struct Program {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The one JSON value that stdout must be.
    var json: Any? {
      try? JSONSerialization.jsonObject(with: Data(output.utf8), options: .fragmentsAllowed)
    }

    /// The object that stdout must be.
    var object: [String: Any] { json as? [String: Any] ?? [:] }
    /// The objects of the array that stdout must be.
    var objects: [[String: Any]] { json as? [[String: Any]] ?? [] }
  }

  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["CATCHMENT_BINARY"] { return path }
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return root.appending(path: ".build/debug/catchment").path
  }()

  /// Whether it counts the lines that it runs, which takes memory that users do not give it.
  static let countsLines = Coverage.isOn && !binary.contains("/release/")

  /// Runs it, or another program, to its end.
  ///
  /// The environment is only what is given: no home of the person who tests.
  static func run(
    _ arguments: [String], of program: String = binary, environment: [String: String] = [:],
    input: String = "",
    in folder: String? = nil, stopping signal: Int32? = nil, after seconds: Double = 0
  ) throws -> Outcome {
    let isLeftAlone = signal == nil && program == binary
    let coverage = isLeftAlone ? Coverage.shared : Coverage.own
    let process = prepared(
      arguments, of: program, environment: environment.merging(coverage) { given, _ in given },
      in: folder)
    let (output, errors, feed) = (Pipe(), Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = feed
    try process.run()
    try feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try feed.fileHandleForWriting.close()
    if let signal {
      Thread.sleep(forTimeInterval: seconds)
      kill(process.processIdentifier, signal)
    }
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let said = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: printed, as: UTF8.self),
      errors: String(decoding: said, as: UTF8.self))
  }
}

extension Program {
  /// Not started yet.
  fileprivate static func prepared(
    _ arguments: [String], of program: String, environment: [String: String], in folder: String?
  ) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.environment = environment
    if let folder { process.currentDirectoryURL = URL(filePath: folder) }
    return process
  }

  /// Starts it and leaves it alone; what it prints goes to `output`.
  static func start(
    _ arguments: [String], output: Any = FileHandle.nullDevice,
    errors: Any = FileHandle.nullDevice, input: Any = FileHandle.nullDevice
  ) throws -> Process {
    let process = prepared(arguments, of: binary, environment: Coverage.own, in: nil)
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = input
    try process.run()
    return process
  }

  /// Runs it to its end; the result is the most memory that it held, in bytes, or nil where the
  /// system does not tell.
  static func peakMemory(_ arguments: [String]) throws -> (status: Int32, peak: Int?) {
    let process = try start(arguments)
    var peak: Int?
    while process.isRunning {
      let status = try? String(
        contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
      let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      if let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
        peak = kilobytes << 10
      }
      Thread.sleep(forTimeInterval: 0.005)
    }
    return (process.terminationStatus, peak)
  }
}

/// Where a build that counts the lines it ran says which, in variables of a process.
private enum Coverage {
  /// In a file that all add to.
  static let shared = ProcessInfo.processInfo.environment.filter { $0.key == variable }

  /// In a file of its own, for a process that may be killed while it writes, or have no room to.
  static let own = shared.mapValues { file in
    URL(filePath: file).deletingLastPathComponent().appending(path: "%p.profraw").path
  }

  static var isOn: Bool { !shared.isEmpty }

  private static let variable = "LLVM_PROFILE_FILE"
}

/// A folder with a home and transcripts of its own, gone when the test is over.
final class Workplace {
  let path: String
  var home: String { "\(path)/home" }
  var transcripts: String { "\(path)/projects" }
  var session: String { "\(transcripts)/-work-garden/\(Transcripts.session).jsonl" }

  init(_ lines: [String] = Transcripts.whole) throws {
    path = FileManager.default.temporaryDirectory.appending(path: "catchment-\(UUID())").path
    try FileManager.default.createDirectory(
      atPath: "\(transcripts)/-work-garden", withIntermediateDirectories: true)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: session))
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func append(_ lines: [String]) throws { try Self.append(lines, to: session) }

  static func append(_ lines: [String], to file: String) throws {
    let handle = try FileHandle(forWritingTo: URL(filePath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data((lines.joined(separator: "\n") + "\n").utf8))
    try handle.close()
  }

  /// Adds sessions of 300 lines, for a run that takes a while.
  func scatter(files: Int) throws {
    for _ in 0..<files {
      let session = UUID().uuidString.lowercased()
      try write(Transcripts.many(300, session: session), as: session)
    }
  }

  /// Adds long sessions, some with a fork of their beginning: enough that something can happen at
  /// any moment of their import.
  func scatterForks(files: Int, lines count: Int, text: Int = 0) throws {
    for number in 0..<files {
      let session = UUID().uuidString.lowercased()
      let lines = Transcripts.many(count, session: session, text: text)
      try write(lines, as: session)
      guard number % 8 == 0 else { continue }
      let fork = "f\(session.dropFirst())"
      try write(lines.prefix(count / 4).map { $0.replacing(session, with: fork) }, as: fork)
    }
  }

  private func write(_ lines: [String], as session: String) throws {
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: URL(filePath: "\(transcripts)/-work-garden/\(session).jsonl"))
  }

  /// Runs a command in this home.
  func run(_ arguments: String..., input: String = "") throws -> Program.Outcome {
    try Program.run(
      arguments + ["--home", home], environment: ["HOME": path], input: input, in: path)
  }

  func importAll() throws -> Program.Outcome { try run("import", transcripts, "--json") }
}

/// The right to write to a home, held by the test as another run would hold it.
struct HeldLock {
  private let descriptor: Int32

  init(home: String) throws {
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    descriptor = open("\(home)/lock", O_RDWR | O_CREAT, 0o600)
    guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw POSIXError(.EAGAIN)
    }
  }

  func release() { close(descriptor) }
}
