import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// `catchment download` against a real server: the one that Python brings.
@Suite struct `The download command` {
  @Test func `fetches files into a folder, once, and says what they hash to`() throws {
    let work = try Workplace()
    let folder = "\(work.path)/served"
    try FileManager.default.createDirectory(
      atPath: "\(work.path)/got", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("a,b\n1,2\n".utf8).write(to: URL(filePath: "\(folder)/a.csv"))
    try Data("c\n".utf8).write(to: URL(filePath: "\(folder)/b c.csv"))
    let server = try FolderServer(folder)
    try #require(server.port > 0)
    let arguments = [
      "download", "http://127.0.0.1:\(server.port)/a.csv",
      "http://127.0.0.1:\(server.port)/b%20c.csv", "-o", "\(work.path)/got",
    ]
    let refused = try Program.run(arguments)
    #expect(refused.status == 1)
    #expect(refused.errors.contains("127.0.0.1 is 127.0.0.1, an address of this machine"))

    let first = try Program.run(arguments + ["--allow", "127.0.0.1"])
    #expect(first.status == 0, "\(first.errors)")
    #expect(first.output.contains("a.csv: 8 B, SHA-256 492d5ea496056f1a"))
    #expect(try String(contentsOfFile: "\(work.path)/got/b c.csv", encoding: .utf8) == "c\n")
    let names = try FileManager.default.contentsOfDirectory(atPath: "\(work.path)/got")
    #expect(names.sorted() == ["a.csv", "b c.csv"])

    let second = try Program.run(arguments + ["--allow", "127.0.0.1"])
    #expect(second.output.components(separatedBy: ": unchanged\n").count == 3, "\(second.output)")

    let wrong = try Program.run([
      "download", "http://127.0.0.1:\(server.port)/a.csv", "-o", "\(work.path)/x.csv", "--allow",
      "127.0.0.1", "--sha256", String(repeating: "0", count: 64),
    ])
    #expect(wrong.status == 4, "\(wrong.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(work.path)/x.csv"))
    let missing = try Program.run([
      "download", "http://127.0.0.1:\(server.port)/none.csv", "--allow", "127.0.0.1", "-o",
      "\(work.path)/y.csv",
    ])
    #expect(missing.status == 6, "\(missing.errors)")
  }

  /// A server that sends half of a file, and the rest when it is told to.
  private final class HalfServer {
    let port: Int
    private let process = Process()
    private let feed = Pipe()

    init() throws {
      process.executableURL = URL(filePath: "/usr/bin/env")
      let program = #"""
        import socket, sys
        server = socket.create_server(("127.0.0.1", 0))
        print(server.getsockname()[1], flush=True)
        client, _ = server.accept()
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
        sys.stdin.read()
        client.sendall(b"67890")
        """#
      process.arguments = ["python3", "-c", program]
      let output = Pipe()
      process.standardOutput = output
      process.standardInput = feed
      try process.run()
      let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
      port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    func goOn() throws { try feed.fileHandleForWriting.close() }

    deinit {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  @Test func `is shown by the status command, in a home that is there`() throws {
    let work = try Workplace()
    try FileManager.default.createDirectory(
      atPath: work.home, withIntermediateDirectories: true)
    let server = try HalfServer()
    try #require(server.port > 0)
    let download = try Program.start([
      "download", "http://127.0.0.1:\(server.port)/half.bin", "--allow", "127.0.0.1", "-o",
      "\(work.path)/half.bin", "--home", work.home,
    ])
    var told: [String: Any]?
    while told == nil {
      try #require(download.isRunning)
      told = try work.run("status", "--json").objects.first { $0["bytes"] as? Int == 5 }
    }
    #expect(told?["name"] as? String == "half.bin")
    #expect(told?["command"] as? String == "download")
    #expect(told?["stage"] as? String == "fetching")
    #expect(told?["total_bytes"] as? Int == 10)
    #expect(told?["units"] as? Int == 0 && told?["total_units"] as? Int == 1)
    try server.goOn()
    download.waitUntilExit()
    #expect(download.terminationStatus == 0)
    #expect(try work.run("status").output == "Nothing is running.\n")
  }

  @Test func `refuses what would be no file, or two in one place`() throws {
    for arguments in [
      ["https://example.org/"], ["ftp://example.org/a"], ["https://me:secret@example.org/a"],
      ["https://example.org/a", "https://example.com/a"],
    ] {
      let outcome = try Program.run(["download"] + arguments)
      #expect(outcome.status == 2, "\(arguments): \(outcome.errors)")
      #expect(!outcome.errors.contains("secret"))
    }
  }
}
