import CatchmentConnectors

/// What became of a download, for people and scripts.
struct DownloadedLine {
  let path: String
  let url: String
  private let result: Downloaded

  init(path: String, url: String, _ result: Downloaded) {
    self.path = path
    self.url = url
    self.result = result
  }

  /// Prints it, and gives the file its server's time.
  func print(_ json: JSONOption, _ quiet: Bool) throws {
    if case .file(let file) = result { try file.version.mark(path) }
    if json.isOn { return Output.line(object.description) }
    if !quiet { Output.line(text.safe) }
  }

  private var text: String {
    switch result {
    case .unchanged: "\(path): unchanged"
    case .file(let file):
      "\(path): \(Figures.bytes(file.size))"
        + (file.resumed > 0 ? " (\(Figures.bytes(file.resumed)) of it from before)" : "")
        + ", SHA-256 \(file.sha256)"
    }
  }

  private var object: JSON {
    switch result {
    case .unchanged:
      JSON(["url": .text(url), "path": .text(path), "status": .text("unchanged")])
    case .file(let file):
      JSON([
        "url": .text(url), "path": .text(path), "status": .text("downloaded"),
        "bytes": .integer(Int(file.size)), "resumed": .integer(Int(file.resumed)),
        "sha256": .text(file.sha256), "etag": file.version.etag.map(JSON.text) ?? .null,
        "modified": file.version.modified.map(JSON.text) ?? .null,
      ])
    }
  }
}
