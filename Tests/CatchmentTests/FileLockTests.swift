import Catchment
import Foundation
import Testing

@Suite struct `A lock on a file` {
  private let path = FileManager.default.temporaryDirectory
    .appending(path: "lock-\(UUID().uuidString)").path

  private func isFree() throws -> Bool {
    guard let lock = try FileLock.take(path) else { return false }
    lock.release()
    return true
  }

  @Test func `has one holder, and is free when it is forgotten`() throws {
    do {
      let lock = try FileLock.take(path)
      #expect(try !isFree())
      lock?.release()
    }
    #expect(try isFree())
    try FileManager.default.removeItem(atPath: path)
  }

  /// What a child holds between its fork and its own program.
  @Test func `is free once it is released, though a copy of the open file lives on`() throws {
    var copy: Int32 = -1
    do {
      guard let lock = try FileLock.take(path) else { Issue.record("it is taken"); return }
      copy = dup(lock.descriptor)
    }
    #expect(try isFree())
    close(copy)
    try FileManager.default.removeItem(atPath: path)
  }

  @Test func `cannot be had of a file whose folder is missing`() {
    #expect(throws: CatchmentError.self) {
      let lock = try FileLock.take("\(path)/missing")
      lock?.release()
    }
  }
}
