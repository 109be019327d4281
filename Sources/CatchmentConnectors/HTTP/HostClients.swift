internal import AsyncHTTPClient
internal import Catchment
internal import NIOCore

/// A client for each host, bound to the address of it that the rules were checked for: so a name that
/// leads elsewhere the second time changes nothing.
actor HostClients {
  private let options: Downloader.Options
  private var clients: [String: HTTPClient] = [:]

  init(_ options: Downloader.Options) { self.options = options }

  func client(for host: String) throws(CatchmentError) -> HTTPClient {
    if let client = clients[host] { return client }
    var configuration = HTTPClient.Configuration()
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.timeout = .init(
      connect: .seconds(15), read: .nanoseconds(Int64(options.idleSeconds * 1e9)))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = options.perHost
    // A try that failed is tried again by its own rules.
    configuration.connectionPool.retryConnectionEstablishment = false
    let address = try options.rules.address(of: host)
    if let proxy = options.proxy {
      configuration.proxy = .server(host: proxy.host, port: proxy.port)
    } else {
      configuration.dnsOverride = [host: address]
    }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    clients[host] = client
    return client
  }

  func close() async {
    for client in clients.values {
      // It fails only when it has been ended before.
      do { try await client.shutdown() } catch {}
    }
    clients = [:]
  }
}
