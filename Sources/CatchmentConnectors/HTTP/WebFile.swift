internal import Catchment
internal import Crypto
internal import Foundation
internal import NIOHTTP1

/// A file on a web server, as a source reads it.
struct WebFile: RemoteFiles {
  private let address: WebAddress
  private let access: RemoteAccess
  let options: Downloader.Options

  init(_ url: String, _ access: RemoteAccess) throws(CatchmentError) {
    address = try WebAddress(url)
    self.access = access
    options = try access.options(naming: [address.host])
  }

  /// One unit, as the server describes it.
  func discovery(for source: String, _ packing: Packing?) throws(CatchmentError) -> Discovery {
    let caller = WebCaller(options)
    defer { caller.close() }
    let answer = try head(caller)
    guard (200..<300).contains(answer.status) || answer.status == 416 else {
      throw Reply(status: answer.status, headers: answer.headers, of: answer.address).failure.error
    }
    return Discovery(units: [
      Catchment.Unit(source: source, path: address.shown, fingerprint: Self.fingerprint(answer))
    ])
  }

  /// Servers that know no `HEAD`, or do not allow it for this URL, are asked for the first byte.
  private func head(_ caller: WebCaller) throws(CatchmentError) -> WebAnswer {
    let headers = access.webHeaders
    let answer = try caller.send(
      WebRequest(method: .HEAD, address: address, headers: { _ in headers }))
    guard [400, 403, 405, 501].contains(answer.status) else { return answer }
    return try caller.send(
      WebRequest(
        address: address, headers: { _ in headers + [("Range", "bytes=0-0")] }, isForHead: true))
  }

  /// A server that says neither a version nor a time is asked again each time.
  private static func fingerprint(_ answer: WebAnswer) -> Catchment.Unit.Fingerprint {
    let reply = Reply(status: answer.status, headers: answer.headers, of: answer.address)
    let version = reply.version
    return Catchment.Unit.Fingerprint(
      size: answer.status == 416 ? 0 : reply.total ?? 0,
      modified: version.isKnown ? version.mark : Int64(Date().timeIntervalSince1970 * 1e9))
  }

  func download(of unit: Catchment.Unit) throws(CatchmentError) -> Download {
    let headers = access.webHeaders
    return Download(address, headers: { _ in headers })
  }
}

extension FileVersion {
  /// Whether the server says anything of it.
  var isKnown: Bool { etag != nil || modified != nil }

  /// A number that differs when the file does: its time, of which servers say whole seconds, with a
  /// fraction that is made of its tag.
  var mark: Int64 {
    guard let etag else { return nanoseconds }
    let hash = SHA256.hash(data: Array(etag.utf8)).prefix(8).reduce(0 as UInt64) {
      $0 << 8 | UInt64($1)
    }
    return nanoseconds + Int64(hash % 1_000_000_000)
  }
}
