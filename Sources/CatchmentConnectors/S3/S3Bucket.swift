internal import Catchment
internal import Crypto
internal import Foundation
internal import NIOCore
internal import NIOHTTP1

/// An object of a bucket, as it is listed.
struct S3Object: Sendable, Hashable {
  var key: String
  var size: Int64
  var version: FileVersion
}

/// A bucket of an S3-compatible server.
///
/// It waits for answers on the thread that it is called on; see `WebCaller`.
final class S3Bucket: Sendable {
  let name: String
  let account: S3Account
  let caller: WebCaller
  /// What kind of failure it is when it cannot be had.
  let unavailable: CatchmentError.Code

  init(
    _ name: String, _ account: S3Account, _ options: Downloader.Options,
    unavailable: CatchmentError.Code = .sourceUnavailable
  ) {
    self.name = name
    self.account = account
    self.unavailable = unavailable
    caller = WebCaller(options, unavailable: unavailable)
  }

  func close() { caller.close() }

  /// A request that is signed anew for each try.
  func request(
    _ method: HTTPMethod, _ key: String = "", query: [(name: String, value: String)] = [],
    headers: [(name: String, value: String)] = [], body: NIOCore.ByteBuffer? = nil
  ) throws(CatchmentError) -> WebRequest {
    let account = account
    var headers = headers
    var payload = RequestSignature.noPayload
    if let body, body.readableBytes > 0 {
      // Not every server compares the body with what was signed, or notices that its end is missing.
      headers.append(("Content-MD5", Self.digest(of: body, Insecure.MD5()).base64EncodedString()))
      payload = Hex.text(Self.digest(of: body, SHA256()))
    }
    let (signed, hash) = (headers, payload)
    return WebRequest(
      method: method, address: try account.address(name, key, query: query),
      headers: { address in
        account.signed(method.rawValue, address, signed, payload: hash)
      }, body: body)
  }

  private static func digest(
    of body: NIOCore.ByteBuffer, _ function: some HashFunction
  ) -> Data {
    var hash = function
    body.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
    return Data(hash.finalize())
  }

  /// The answer to a request; throws what any other status than those expected means.
  func answer(
    _ request: WebRequest, expecting others: Set<Int> = []
  ) throws(CatchmentError) -> WebAnswer {
    let answer = try caller.send(request)
    guard (200..<300).contains(answer.status) || others.contains(answer.status) else {
      throw S3Failure(answer).error(of: self)
    }
    return answer
  }

  // MARK: Listing

  /// Every object whose key begins so, in the order of their keys.
  func list(
    prefix: String, pageSize: Int = 1_000
  ) throws(CatchmentError) -> [S3Object] {
    var objects: [S3Object] = []
    var next: String?
    repeat {
      var query = [
        (name: "list-type", value: "2"), (name: "encoding-type", value: "url"),
        (name: "max-keys", value: "\(pageSize)"), (name: "prefix", value: prefix),
      ]
      if let next { query.append(("continuation-token", next)) }
      let answer = try answer(request(.GET, query: query))
      guard let page = MarkupElement(answer.body.readableBytesView) else {
        throw CatchmentError(unavailable, "\(answer.address.host) lists \(name) in no known format")
      }
      objects += page.children.filter { $0.name == "Contents" }.compactMap(S3Object.init)
      next = page["IsTruncated"] == "true" ? page["NextContinuationToken"] : nil
    } while next != nil
    return objects
  }

  /// One object; nil when there is none of this key.
  func look(at key: String) throws(CatchmentError) -> WebAnswer? {
    let answer = try answer(request(.HEAD, key), expecting: [404])
    return answer.status == 404 ? nil : answer
  }
}

extension S3Object {
  /// Of an element of a listing whose keys are encoded; nil for what is none.
  init?(_ element: MarkupElement) {
    guard let encoded = element["Key"], let size = element["Size"].flatMap({ Int64($0) }),
      let key = Self.decoded(encoded)
    else { return nil }
    self.init(
      key: key, size: size,
      version: FileVersion(
        etag: element["ETag"], modified: element["LastModified"].flatMap(HTTPDate.text(ofISO:))))
  }

  /// Some servers write spaces as `+`, and the plus sign itself as `%2B`.
  private static func decoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        continue
      }
      guard rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

extension HTTPDate {
  /// The time that `2026-03-01T10:00:00.000Z` says, as HTTP writes it; nil for what is none.
  static func text(ofISO text: String) -> String? {
    let parts = text.split(whereSeparator: { "-T:.Z".contains($0) }).compactMap { Int64($0) }
    guard parts.count >= 6, text.hasSuffix("Z"), (1...12).contains(parts[1]) else { return nil }
    let days = Self.days(parts[0], parts[1]) + parts[2] - 1
    return self.text(((days * 24 + parts[3]) * 60 + parts[4]) * 60 + parts[5])
  }
}
