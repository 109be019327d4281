internal import AsyncHTTPClient
internal import Catchment
internal import NIOCore
internal import Synchronization

/// A client for each host, bound to the address of it that the rules were checked for: so a name that
/// leads elsewhere the second time changes nothing.
final class HostClients: Sendable {
  private let options: Downloader.Options
  private let clients = Mutex<[String: HTTPClient]>([:])

  init(_ options: Downloader.Options) { self.options = options }

  func client(for host: String) throws(CatchmentError) -> HTTPClient {
    try clients.withLock { (clients) throws(CatchmentError) in
      if let client = clients[host] { return client }
      let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: try configuration(for: host))
      clients[host] = client
      return client
    }
  }

  private func configuration(
    for host: String
  ) throws(CatchmentError) -> HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    let idle = TimeAmount.nanoseconds(Int64(options.idleSeconds * 1e9))
    configuration.timeout = .init(connect: .seconds(15), read: idle, write: idle)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.perHost
    // A try that failed is tried again by its own rules.
    configuration.connectionPool.retryConnectionEstablishment = false
    let address = try options.rules.address(of: host)
    if let proxy = options.proxy {
      configuration.proxy = .server(host: proxy.host, port: proxy.port)
    } else {
      configuration.dnsOverride = [host: address]
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
