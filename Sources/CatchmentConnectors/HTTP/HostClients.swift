internal import AsyncHTTPClient
internal import Catchment
internal import NIOCore
internal import Synchronization

/// A client for each host, bound to the address of it that the rules were checked for: so a name that
/// leads elsewhere the second time changes nothing.
final class HostClients: Sendable {
  private let options: Downloader.Options
  private let clients = Mutex<[Server: HTTPClient]>([:])

  /// What a client is for: servers of both schemes may go through different proxies.
  private struct Server: Hashable {
    var scheme: WebAddress.Scheme
    var host: String
    var port: Int
  }

  init(_ options: Downloader.Options) { self.options = options }

  func client(for address: WebAddress) throws(CatchmentError) -> HTTPClient {
    let server = Server(scheme: address.scheme, host: address.host, port: address.port)
    return try clients.withLock { (clients) throws(CatchmentError) in
      if let client = clients[server] { return client }
      let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: try configuration(for: address))
      clients[server] = client
      return client
    }
  }

  private func configuration(
    for server: WebAddress
  ) throws(CatchmentError) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    let idle = TimeAmount.nanoseconds(Int64(options.idleSeconds * 1e9))
    configuration.timeout = .init(connect: .seconds(15), read: idle, write: idle)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.perHost
    // A try that failed is tried again by its own rules.
    configuration.connectionPool.retryConnectionEstablishment = false
    if let proxy = options.proxies.proxy(for: server) {
      // The proxy finds the address, and decides for itself.
      try options.rules.checkNumber(server.host)
      configuration.proxy = proxy
    } else {
      configuration.dnsOverride = [server.host: try options.rules.address(of: server.host)]
    }
    return configuration
  }

  private func takeAll() -> [HTTPClient] {
    clients.withLock { clients in
      defer { clients = [:] }
      return Array(clients.values)
    }
  }

  deinit {
    for client in takeAll() { client.shutdown { _ in } }
  }

  func close() async {
    for client in takeAll() {
      // It fails only when it has been ended before.
      do { try await client.shutdown() } catch {}
    }
  }

  /// The same for code that cannot wait otherwise.
  func closeNow() {
    for client in takeAll() {
      do { try client.syncShutdown() } catch {}
    }
  }
}
