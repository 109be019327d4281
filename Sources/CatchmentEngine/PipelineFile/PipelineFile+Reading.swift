public import Catchment
internal import Foundation

extension PipelineFile {
  /// A file of settings is not longer.
  private static let largest = 4 << 20

  /// Reads a file, with `variables` in the place of its `${…}`.
  ///
  /// Throws `configuration` with the place of what is wrong, `sourceUnavailable` when there is no
  /// such file.
  public init(at path: String, _ variables: Variables) throws(CatchmentError) {
    let setting = try YAML.read(Self.text(of: path), file: path)
    try self.init(variables.resolve(setting, in: path), named: path)
  }

  private static func text(of path: String) throws(CatchmentError) -> String {
    let bytes: Data
    do {
      let handle = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { handle.closeFile() }
      bytes = try handle.read(upToCount: largest + 1) ?? Data()
    } catch {
      throw CatchmentError(
        .sourceUnavailable, "the file \(path) cannot be read", hint: "check the path",
        cause: error.localizedDescription)
    }
    guard bytes.count <= largest else {
      throw CatchmentError(
        .configuration, "the file is longer than 4 MiB", at: .init(file: path),
        hint: "name the file of a pipeline, not one of data")
    }
    guard let text = String(bytes: bytes, encoding: .utf8) else {
      throw CatchmentError(
        .configuration, "the file is not UTF-8", at: .init(file: path),
        hint: "save it as UTF-8")
    }
    return text
  }
}
