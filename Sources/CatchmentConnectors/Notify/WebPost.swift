internal import AsyncHTTPClient
internal import Catchment
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// JSON for a web server that the user names, sent once.
///
/// Its address may be a secret, as those of chats are: nothing but its host is told.
struct WebPost {
  private let address: WebAddress
  private let headers: [(name: String, value: String)]

  init(_ url: SecretText, headers: [(name: String, value: String)] = []) throws(CatchmentError) {
    address = try Self.address(url)
    self.headers = headers
  }

  /// Takes a URL apart; what is wrong with it is said without it.
  static func address(_ url: SecretText) throws(CatchmentError) -> WebAddress {
    do throws(CatchmentError) { return try WebAddress(url.text) } catch {
      throw CatchmentError(
        .configuration, "the url is none of a web server, or names a user",
        hint: "write it as https://host/path, and credentials as headers")
    }
  }

  /// The host of a URL, for people.
  static func host(_ url: SecretText) -> String {
    do throws(CatchmentError) { return try address(url).authority } catch { return "no host" }
  }

  static func check(_ url: SecretText) throws(OptionError) {
    do throws(CatchmentError) { _ = try address(url) } catch {
      throw OptionError("has a url that is none of a web server; \(error.hint ?? "")")
    }
  }

  func send(_ json: String) async throws(CatchmentError) {
    var options = Downloader.Options()
    options.proxies = try .environment()
    options.rules = HostRules(allowed: [address.host])
    let clients = HostClients(options)
    let result = await Result { () async throws(CatchmentError) in try await post(json, clients) }
    await clients.close()
    try result.get()
  }

  private func post(_ json: String, _ clients: HostClients) async throws(CatchmentError) {
    var request = HTTPClientRequest(url: address.text)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.headers.add(name: "User-Agent", value: "catchment")
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    request.body = .bytes(NIOCore.ByteBuffer(string: json))
    do {
      // It asks for the host's address, and waits for it.
      let client = try await NIOThreadPool.singleton.runIfActive { [address] in
        try clients.client(for: address)
      }
      let response = try await client.execute(request, timeout: .seconds(30))
      let body = try await response.body.collect(upTo: 1 << 20)
      try check(Int(response.status.code), String(buffer: body))
    } catch let error as CatchmentError {
      throw error
    } catch {
      throw Self.mayPass("the connection to \(address.authority) failed", cause: hidden("\(error)"))
    }
  }

  private func check(_ status: Int, _ body: String) throws(CatchmentError) {
    let said = body.isEmpty ? nil : hidden(String(body.prefix(200)))
    switch status {
    case 200..<300: return
    case 408, 425, 429, 500...599:
      throw Self.mayPass("\(address.authority) answers \(status)", cause: said)
    case 300..<400:
      throw CatchmentError(
        .configuration, "\(address.authority) sends the message elsewhere: it answers \(status)",
        hint: "name the address that it leads to")
    default:
      throw CatchmentError(
        .configuration, "\(address.authority) does not take the message: it answers \(status)",
        hint: "check the url and its headers", cause: said)
    }
  }

  private static func mayPass(_ message: String, cause: String?) -> CatchmentError {
    var error = CatchmentError(.destinationUnavailable, message, cause: cause)
    error.isTransient = true
    return error
  }

  /// Words of others, without what they may repeat.
  private func hidden(_ text: String) -> String {
    let parts = address.path.split(separator: "/").map(String.init).filter { $0.count > 7 }
    let secrets = [address.text, address.path, address.query ?? ""] + parts + headers.map(\.value)
    return secrets.filter { $0.count > 3 }.sorted { $0.count > $1.count }
      .reduce(text) { $0.replacing($1, with: "***") }
  }
}

extension Result where Failure == CatchmentError {
  fileprivate init(_ body: () async throws(CatchmentError) -> Success) async {
    do throws(CatchmentError) { self = .success(try await body()) } catch { self = .failure(error) }
  }
}
