import Catchment
import Foundation

/// Where an export goes: stdout, or a file that bears its name only when it is whole.
final class ExportSink {
  private let handle: FileHandle
  private let path: String?
  private var buffer = Data()

  /// A file at a path, or stdout.
  init(_ path: String?) throws(CatchmentError) {
    self.path = path
    guard let path else {
      handle = .standardOutput
      return
    }
    let partial = Self.partial(path)
    guard FileManager.default.createFile(atPath: partial, contents: nil),
      let handle = FileHandle(forWritingAtPath: partial)
    else { throw CatchmentError(.destinationUnavailable, "\(path) cannot be written") }
    self.handle = handle
  }

  private static func partial(_ path: String) -> String { "\(path).partial" }

  func write(_ text: String) throws(CatchmentError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 18 { try flush() }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(CatchmentError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Writes what is left; a file gets its name.
  func finish() throws(CatchmentError) {
    try flush()
    guard let path else { return }
    // Its name may be that of a file which it replaces.
    guard fsync(handle.fileDescriptor) == 0, rename(Self.partial(path), path) == 0 else {
      throw CatchmentError(.destinationUnavailable, "\(path) cannot be replaced")
    }
  }

  /// Leaves no half of a file behind.
  func abandon() {
    if let path { unlink(Self.partial(path)) }
  }

  private func flush() throws(CatchmentError) {
    do {
      try handle.write(contentsOf: buffer)
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "\(path ?? "stdout") cannot be written", cause: "\(error)")
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
