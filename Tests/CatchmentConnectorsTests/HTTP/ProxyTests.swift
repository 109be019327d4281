import Catchment
import CatchmentTesting
import Foundation
import Testing

@testable import CatchmentConnectors

@Suite struct `A proxy` {
  private static let body = Array("passed on".utf8)

  /// Downloads from a server that is reached by a proxy alone; returns what the proxy was asked.
  private func fetch(
    _ url: String, by proxies: (TunnelProxy) -> [String: String]
  ) async throws -> [String] {
    let folder = try TemporaryDirectory()
    let server = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    let proxy = try TunnelProxy(to: server.port)
    var options = Downloader.Options()
    options.proxies = try Proxies(environment: proxies(proxy))
    options.retry = .never
    options.idleSeconds = 3_600
    let downloader = Downloader(options)
    let result: Result<Downloaded, any Error>
    do {
      result = .success(
        try await downloader.download(Download(try WebAddress(url)), to: "\(folder.path)/file"))
    } catch {
      result = .failure(error)
    }
    await downloader.close()
    proxy.stop()
    try await server.close()
    _ = try result.get()
    #expect(try Array(Data(contentsOf: URL(filePath: "\(folder.path)/file"))) == Self.body)
    return proxy.requests
  }

  @Test func `makes a tunnel to a host that only it knows`() async throws {
    let requests = try await fetch("http://files.invalid/a.csv?x=1") {
      ["http_proxy": "127.0.0.1:\($0.port)", "no_proxy": "other.invalid"]
    }
    #expect(requests.map { $0.prefix { !$0.isNewline } } == ["CONNECT files.invalid:80 HTTP/1.1"])
  }

  @Test func `is given its own password, which no error shows`() async throws {
    let requests = try await fetch("http://files.invalid/a.csv") {
      ["all_proxy": "http://me:sesame@127.0.0.1:\($0.port)"]
    }
    let word = "basic \(Data("me:sesame".utf8).base64EncodedString())".lowercased()
    #expect(requests.first?.lowercased().contains("proxy-authorization: \(word)") == true)
    let error = #expect(throws: CatchmentError.self) {
      try Proxies(environment: ["https_proxy": "ftp://me:sesame@host"])
    }
    #expect(error?.code == .configuration)
    #expect(error?.message == "the environment variable https_proxy names no proxy that is known")
    #expect(!"\(String(describing: error))".contains("sesame"))
  }

  @Test(arguments: ["10.1.2.3", "169.254.169.254", "[fd00::1]", "localhost"])
  func `is no way around the rules for addresses`(host: String) async throws {
    let error = await #expect(throws: CatchmentError.self) {
      try await fetch("http://\(host)/a") { ["http_proxy": "127.0.0.1:\($0.port)"] }
    }
    #expect(error?.code == .refused)
  }

  @Test(arguments: [
    ("https://a.example.org/", true), ("https://example.org/", true),
    ("https://notexample.org/", false), ("https://b.test:8443/", true), ("https://b.test/", false),
    ("http://127.0.0.1/", true), ("http://localhost:99/", true), ("https://c.test/", false),
  ])
  func `is left out for hosts that are named, and for this machine`(
    url: String, isDirect: Bool
  ) throws {
    let proxies = try Proxies(environment: [
      "all_proxy": "proxy.test:3128", "no_proxy": ".example.org, b.test:8443",
    ])
    #expect(try (proxies.proxy(for: WebAddress(url)) == nil) == isDirect)
  }
}
