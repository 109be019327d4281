internal import Catchment
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// Writing. A write whose condition does not hold throws `locked`.
extension S3Bucket {
  typealias Headers = [(name: String, value: String)]

  /// An object's bytes and what the server calls them; nil when there is none of this key.
  func get(_ key: String) throws(CatchmentError) -> (bytes: [UInt8], tag: String?)? {
    let answer = try answer(request(.GET, key), expecting: [404])
    if answer.status == 404 {
      let failure = S3Failure(answer)
      guard ["NoSuchKey", ""].contains(failure.code) else { throw failure.error(of: self) }
      return nil
    }
    return (Array(answer.body.readableBytesView), answer.headers.first(name: "etag"))
  }

  /// Puts bytes at a key; returns what the server calls them.
  func put(
    _ body: NIOCore.ByteBuffer, as key: String, _ condition: S3Condition, _ headers: Headers = []
  ) throws(CatchmentError) -> String? {
    try written(key, condition) { (condition) throws(CatchmentError) in
      try request(.PUT, key, headers: headers + condition.headers, body: body)
    }
  }

  func delete(_ key: String) throws(CatchmentError) {
    _ = try answer(request(.DELETE, key), expecting: [404])
  }

  /// Copies an object, with its metadata, within the server.
  ///
  /// - Parameter tag: what it must be still.
  func copy(_ key: String, tag: String, to other: String) throws(CatchmentError) {
    let source = "/\(name)/\(S3Account.encoded(key, keeping: UInt8(ascii: "/")))"
    let headers = [
      (name: "x-amz-copy-source", value: source),
      (name: "x-amz-copy-source-if-match", value: tag),
    ]
    _ = try written(other, .anything) { (_) throws(CatchmentError) in
      try request(.PUT, other, headers: headers, body: NIOCore.ByteBuffer())
    }
  }

  /// Sends a write; a server that knows no conditions is asked without one.
  private func written(
    _ key: String, _ condition: S3Condition,
    _ make: (S3Condition) throws(CatchmentError) -> WebRequest
  ) throws(CatchmentError) -> String? {
    let answer = try decided(make(condition))
    switch answer.status {
    case 501 where condition != .anything:
      return try written(key, .anything, make)
    case 409, 412:
      throw CatchmentError(
        .locked, "another process wrote s3://\(name)/\(key) meanwhile",
        hint: "run the same command again when it is done", cause: S3Failure(answer).cause)
    case 501: throw S3Failure(answer).error(of: self)
    default: break
    }
    // A copy, or what is put together of parts, may fail after its answer has begun.
    let body = MarkupElement(answer.body.readableBytesView)
    if body?.name == "Error" { throw S3Failure(answer).error(of: self) }
    return answer.headers.first(name: "etag") ?? body?["ETag"]
  }

  /// The answer to a write; while another is being done at the same key, which may be an earlier try of
  /// this one, there is none yet.
  private func decided(_ request: WebRequest) throws(CatchmentError) -> WebAnswer {
    var tries = 1
    while true {
      let answer = try answer(request, expecting: [409, 412, 501])
      guard answer.status == 409, tries < caller.retry.tries else { return answer }
      try caller.retry.wait(caller.retry.pause(after: tries))
      tries += 1
    }
  }

  // MARK: Files

  /// A file that is not larger goes in one request; each part of a larger one has at least 5 MiB.
  private static let partSize = 16 << 20
  private static let mostParts = 10_000
  private static let partsAtOnce = 4

  /// Puts a file at a key; returns what the server calls it.
  func upload(
    _ path: String, as key: String, _ condition: S3Condition, _ headers: Headers
  ) throws(CatchmentError) -> String? {
    let reader = try PartReader(path)
    let size = max(Self.partSize, reader.size / Self.mostParts + 1)
    guard reader.size > size else {
      return try put(reader.next(size), as: key, condition, headers)
    }
    let begun = try answer(request(.POST, key, query: [("uploads", "")], headers: headers))
    guard let id = MarkupElement(begun.body.readableBytesView)?["UploadId"] else {
      throw CatchmentError(unavailable, "\(begun.address.host) began no upload of \(key)")
    }
    do throws(CatchmentError) {
      let parts = try send(reader, size, as: key, id)
      return try complete(parts, key, id, condition)
    } catch {
      // What went wrong first is what the caller must hear; the server forgets the parts in time.
      do throws(CatchmentError) {
        _ = try answer(request(.DELETE, key, query: [("uploadId", id)]), expecting: [404])
      } catch {}
      throw error
    }
  }

  /// What the server calls the parts, in their order.
  private func send(
    _ reader: PartReader, _ size: Int, as key: String, _ id: String
  ) throws(CatchmentError) -> [String] {
    var tags: [String] = []
    while true {
      guard !Task.isCancelled else { throw .interrupted }
      var requests: [WebRequest] = []
      while requests.count < Self.partsAtOnce {
        let bytes = try reader.next(size)
        if bytes.readableBytes == 0 { break }
        let number = tags.count + requests.count + 1
        requests.append(
          try request(
            .PUT, key, query: [("partNumber", "\(number)"), ("uploadId", id)], body: bytes))
      }
      if requests.isEmpty { return tags }
      for answer in try caller.sendAll(requests) {
        guard answer.status == 200, let tag = answer.headers.first(name: "etag") else {
          throw S3Failure(answer).error(of: self)
        }
        tags.append(tag)
      }
    }
  }

  private func complete(
    _ parts: [String], _ key: String, _ id: String, _ condition: S3Condition
  ) throws(CatchmentError) -> String? {
    let list = parts.enumerated().map { index, tag in
      "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
    }
    let body = NIOCore.ByteBuffer(
      string: "<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>")
    return try written(key, condition) { (condition) throws(CatchmentError) in
      try request(
        .POST, key, query: [("uploadId", id)], headers: condition.headers, body: body)
    }
  }
}

/// Reads a file in parts.
private final class PartReader {
  private let handle: FileHandle
  private let path: String
  /// Of the whole file, in bytes.
  let size: Int

  init(_ path: String) throws(CatchmentError) {
    self.path = path
    do {
      handle = try FileHandle(forReadingFrom: URL(filePath: path))
      size = Int(try handle.seekToEnd())
      try handle.seek(toOffset: 0)
    } catch {
      throw CatchmentError(.destinationUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }

  /// As many bytes as there are, but not more; none at the end.
  func next(_ most: Int) throws(CatchmentError) -> NIOCore.ByteBuffer {
    do {
      return NIOCore.ByteBuffer(bytes: try handle.read(upToCount: most) ?? Data())
    } catch {
      throw CatchmentError(.destinationUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }
}
