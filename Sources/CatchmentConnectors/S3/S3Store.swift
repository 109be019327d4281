internal import Catchment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Files of a destination that are objects of a bucket.
///
/// An object is replaced as a whole, so a reader sees the old one or the new one. No one holds a lock:
/// each write says what it replaces, and one that comes too late is refused by the server.
final class S3Store: FileStore {
  private let bucket: S3Bucket
  private let place: S3Place
  private let scratch: String?
  /// What was at a path when it was last looked at, and must be there still when it is written.
  private var seen: [String: S3Condition] = [:]

  /// Which bytes an object holds, in its metadata.
  static let sumHeader = "x-amz-meta-catchment-sha256"

  /// - Parameter scratch: a directory for files on their way; nil when nothing is to be written.
  init(_ path: String, _ access: RemoteAccess, scratch: String?) throws(CatchmentError) {
    place = try S3Place(path)
    let account = try S3Account(access.s3)
    bucket = S3Bucket(
      place.bucket, account,
      try access.options(naming: [try account.address(place.bucket).host]),
      unavailable: .destinationUnavailable)
    self.scratch = scratch.map { "\($0)/upload-\(UUID().uuidString)" }
    try makeScratch()
  }

  private func key(_ path: String) -> String { place.key(of: path) }

  // MARK: The manifest

  func contents(of path: String) throws(CatchmentError) -> [UInt8]? {
    guard let object = try bucket.get(key(path)) else {
      seen[path] = .nothing
      return nil
    }
    note(object.tag, at: path)
    return object.bytes
  }

  func write(_ bytes: [UInt8], as path: String) throws(CatchmentError) {
    try write(path, isThere: { () throws(CatchmentError) in try contents(of: path) == bytes }) {
      (condition) throws(CatchmentError) in
      try bucket.put(NIOCore.ByteBuffer(bytes: bytes), as: key(path), condition)
    }
  }

  /// Writes in the place of what was seen.
  ///
  /// A write may come and its answer not: then it is found there. One may also be refused because an
  /// earlier try of it was not yet done, though nothing has changed: then it is tried again.
  private func write(
    _ path: String, isThere: () throws(CatchmentError) -> Bool,
    _ put: (S3Condition) throws(CatchmentError) -> String?
  ) throws(CatchmentError) {
    let seen = condition(path)
    let retry = bucket.caller.retry
    var tries = 0
    while true {
      do throws(CatchmentError) { return note(try put(seen), at: path) } catch {
        tries += 1
        let hasArrived = found(isThere)
        if hasArrived == true { return }
        let isSame = condition(path) == seen
        self.seen[path] = seen
        guard error.code == .locked, hasArrived == false, isSame, tries < retry.tries else {
          throw error
        }
        try retry.wait(retry.pause(after: tries))
      }
    }
  }

  /// Nil when the server cannot be asked now: it is asked when the destination is opened again.
  private func found(_ isThere: () throws(CatchmentError) -> Bool) -> Bool? {
    do throws(CatchmentError) { return try isThere() } catch { return nil }
  }

  private func condition(_ path: String) -> S3Condition { seen[path] ?? .anything }

  private func note(_ tag: String?, at path: String) {
    seen[path] = tag.map(S3Condition.version) ?? .anything
  }

  // MARK: Data

  func draft(of path: String) -> String { "\(scratch ?? ".")/\(Path.name(of: path)).part" }

  private func makeScratch() throws(CatchmentError) {
    guard let scratch else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: scratch, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw CatchmentError(
        .destinationUnavailable, "the folder \(scratch) cannot be made", cause: "\(error)")
    }
  }

  func publish(_ draft: String, as path: String, sha256: String) throws(CatchmentError) {
    try write(path, isThere: { () throws(CatchmentError) in try self.sha256(of: path) == sha256 }) {
      (condition) throws(CatchmentError) in
      try bucket.upload(draft, as: key(path), condition, [(name: Self.sumHeader, value: sha256)])
    }
    try FileStep.remove(draft)
  }

  func keep(_ path: String, as other: String) throws(CatchmentError) -> Bool {
    guard let tag = try look(at: path)?.tag else { return false }
    try bucket.copy(key(path), tag: tag, to: key(other))
    return true
  }

  /// In two steps: one who is killed between them finds what is back, and does it again.
  func restore(_ other: String, as path: String) throws(CatchmentError) {
    guard let tag = try look(at: other)?.tag else { return }
    try bucket.copy(key(other), tag: tag, to: key(path))
    seen[path] = nil
    try remove(other)
  }

  func remove(_ path: String) throws(CatchmentError) {
    try bucket.delete(key(path))
    seen[path] = .nothing
  }

  func sha256(of path: String) throws(CatchmentError) -> String? { try look(at: path)?.sha256 }

  private func look(at path: String) throws(CatchmentError) -> (tag: String?, sha256: String?)? {
    guard let answer = try bucket.look(at: key(path)) else {
      seen[path] = .nothing
      return nil
    }
    let tag = answer.headers.first(name: "etag")
    note(tag, at: path)
    return (tag, answer.headers.first(name: Self.sumHeader))
  }

  func close() {
    bucket.close()
    guard let scratch else { return }
    // What is left there does no harm: it is a place for such things.
    do { try FileManager.default.removeItem(atPath: scratch) } catch {}
  }
}
