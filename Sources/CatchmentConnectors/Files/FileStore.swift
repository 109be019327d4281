internal import Catchment
internal import Foundation

/// Where the files of a file destination are.
///
/// Each step is durable when it returns, and a reader sees a file as it was before it or after it. A
/// draft is a file of this machine that becomes one of the store's when it is published.
protocol FileStore: AnyObject {
  /// What a file holds; nil when there is none.
  func contents(of path: String) throws(CatchmentError) -> [UInt8]?
  /// Puts a manifest in the old one's place.
  ///
  /// Throws `locked` when it is no longer the one that was read or written last.
  func write(_ bytes: [UInt8], as path: String) throws(CatchmentError)

  /// Where a file, or a folder of some, is written before it is published: a path of this machine.
  func draft(of path: String) -> String
  /// Gives a draft its name, in the place of what has it.
  ///
  /// - Parameter sha256: of its bytes, in hexadecimal digits.
  func publish(_ draft: String, as path: String, sha256: String) throws(CatchmentError)

  /// Keeps what a file is now under another name as well; false when there is no such file.
  func keep(_ path: String, as other: String) throws(CatchmentError) -> Bool
  /// Puts what was kept back in its place, where it is no longer kept.
  func restore(_ other: String, as path: String) throws(CatchmentError)
  /// Removes a file that may be gone already, and the folders that it leaves empty.
  func remove(_ path: String) throws(CatchmentError)
  /// What a file's bytes hash to, in hexadecimal digits; nil when there is none, or nobody can tell.
  func sha256(of path: String) throws(CatchmentError) -> String?

  func close()
}

/// Files in a folder of this machine.
final class FolderStore: FileStore {
  private let folder: String
  private var lock: FileLock?

  /// Holds the right to load for as long as it lives, when it is to be written to.
  ///
  /// Throws `locked` when another process has it.
  init(_ place: FilePlace, isWritten: Bool) throws(CatchmentError) {
    folder = place.folder
    guard isWritten else { return }
    if place.file == nil { try FileStep.makeFolder(folder) }
    lock = try Self.lock("\(place.manifest).lock")
  }

  private static func lock(_ path: String) throws(CatchmentError) -> FileLock {
    guard let lock = try FileLock.take(path, mode: 0o666) else {
      throw CatchmentError(
        .locked, "another process loads into \(path)", hint: "wait until it is done, or stop it")
    }
    return lock
  }

  func contents(of path: String) throws(CatchmentError) -> [UInt8]? {
    FileManager.default.contents(atPath: path).map(Array.init)
  }

  func write(_ bytes: [UInt8], as path: String) throws(CatchmentError) {
    do { try Data(bytes).write(to: URL(filePath: draft(of: path))) } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(path) cannot be written",
        hint: "check that its folder is there and may be written to, and the free space",
        cause: "\(error)")
    }
    try FileStep.publish(draft(of: path), as: path)
  }

  func draft(of path: String) -> String { "\(path).part" }

  func publish(_ draft: String, as path: String, sha256: String) throws(CatchmentError) {
    if let within = within(path) { try FileStep.makeFolders(within, in: folder) }
    try FileStep.publish(draft, as: path)
  }

  func keep(_ path: String, as other: String) throws(CatchmentError) -> Bool {
    try FileStep.keep(path, as: other)
  }

  func restore(_ other: String, as path: String) throws(CatchmentError) {
    try FileStep.publish(other, as: path)
  }

  func remove(_ path: String) throws(CatchmentError) {
    try FileStep.remove(path)
    guard var within = within(path) else { return }
    while within != ".", FileStep.removeIfEmpty("\(folder)/\(within)") {
      within = Path.directory(of: within)
    }
  }

  /// The folder in the store's own that a file lies in; nil for its own.
  private func within(_ path: String) -> String? {
    let parent = Path.directory(of: path)
    if folder == "." { return parent == "." ? nil : parent }
    return parent.hasPrefix("\(folder)/") ? String(parent.dropFirst(folder.count + 1)) : nil
  }

  func sha256(of path: String) throws(CatchmentError) -> String? { try FileSum(of: path)?.sha256 }

  func close() { lock = nil }
}
