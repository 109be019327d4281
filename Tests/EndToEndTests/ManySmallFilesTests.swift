import Foundation
import Testing

@Suite struct `A conversation of thousands of small files` {
  private static let parts = 6_000

  /// OpenCode's older store: a file for the session, each message and each part of one.
  private func write(to folder: String) throws {
    let (session, message) = ("ses_1", "msg_1")
    var files = [
      "session/p/\(session).json": #"{"id":"ses_1","projectID":"p","directory":"/w"}"#,
      "message/\(session)/\(message).json":
        #"{"id":"msg_1","sessionID":"ses_1","role":"user","time":{"created":1790768250100}}"#,
    ]
    for part in 0..<Self.parts {
      files["part/\(message)/prt_\(part).json"] =
        #"{"id":"prt_\#(part)","messageID":"msg_1","sessionID":"ses_1","type":"text","text":"words"}"#
    }
    for (name, text) in files {
      let file = URL(filePath: "\(folder)/storage/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
  }

  @Test func `is imported, and again, within the memory that is allowed`() throws {
    let place = try Workplace()
    let tree = "\(place.path)/tree"
    try write(to: tree)
    let arguments = ["import", "--home", place.home, "--memory", "192MiB", tree]
    let (status, peak) = try Program.peakMemory(arguments)
    #expect(status == 0)
    if let peak { #expect(peak <= 192 << 20) }
    let query = "SELECT count(*) AS n FROM catchment.raw_records"
    #expect(
      try place.run("sql", query, "--format", "csv").output == "n\n\(Self.parts + 2)\n")
    #expect(try place.run("import", tree, "--json").object["units"] != nil)
  }
}
