import Catchment
import Foundation

/// The images of a Markdown export: copies in a folder beside it, `talk.files` beside `talk.md`.
///
/// An export that is printed has none.
struct MarkdownFiles {
  private let shelf: FileShelf
  /// The folder's path, and its name as links say it.
  private let folder: (path: String, name: String)?

  init(_ shelf: FileShelf, beside output: String?) {
    self.shelf = shelf
    folder = output.map { path in
      let name = Path.name(of: path)
      let stem = name.hasSuffix(".md") ? String(name.dropLast(3)) : name
      return (Path.joined("\(stem).files", to: Path.directory(of: path)), "\(stem).files")
    }
  }

  /// Tells what there is of a file; the printed page shows no image, and asks for none.
  func look(at file: TranscriptFile) -> FileShelf.Shown {
    folder == nil && file.imageExtension != nil ? .named : shelf.look(at: file)
  }

  /// Copies an image, unless it is there, and tells where it is from the page; nil when no link can
  /// lead to it.
  func link(to file: TranscriptFile, _ bytes: Data) throws(CatchmentError) -> String? {
    guard let folder, let suffix = file.imageExtension else { return nil }
    let name = "\(file.sha256).\(suffix)"
    do {
      try FileManager.default.createDirectory(
        atPath: folder.path, withIntermediateDirectories: true)
      try bytes.write(to: URL(filePath: "\(folder.path)/\(name)"), options: .atomic)
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(folder.path)/\(name) cannot be written",
        hint: "check that the folder may be written to, and the free space",
        cause: error.localizedDescription)
    }
    let link = "\(folder.name)/\(name)"
    return link.contains { $0 == "<" || $0 == ">" || $0.isNewline } ? nil : link
  }
}
