import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A server of a folder on a free port of loopback, ended with the test.
final class FolderServer {
  let port: Int
  private let process: Process

  init(_ folder: String) throws {
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let program = """
      import functools, http.server, sys
      handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
      print(server.server_address[1], flush=True)
      server.serve_forever()
      """
    process.arguments = ["python3", "-c", program, folder]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
  }

  // Its threads' signals are those of the test's, which may be blocked.
  deinit {
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
