import Catchment
import CatchmentTesting
import Crypto
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@testable import CatchmentConnectors

@Suite struct `The downloader` {
  private static let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }
  private static var sha256: String { Hex.text(Array(SHA256.hash(data: body))) }

  private let folder: TemporaryDirectory
  private var path: String { "\(folder.path)/file.bin" }

  init() throws { folder = try TemporaryDirectory() }

  private func options(_ change: (inout Downloader.Options) -> Void = { _ in })
    -> Downloader.Options
  {
    var options = Downloader.Options()
    options.rules = HostRules(allowed: ["127.0.0.1"])
    options.retry = RetryPolicy(tries: 4, base: 0.001, longest: 0.01)
    // Beside hundreds of other tests a test may wait for its turn longer than a server should.
    options.idleSeconds = 3_600
    options.pauseSeconds = 3_600
    change(&options)
    return options
  }

  /// Downloads from a server that ends with the test.
  private func download(
    from server: FileServer, _ path: String = "/file.bin", options: Downloader.Options? = nil,
    known: FileVersion? = nil, sha256: String? = nil
  ) async throws -> Downloaded {
    let downloader = Downloader(options ?? self.options())
    let result: Result<Downloaded, any Error>
    do {
      let request = Download(
        try WebAddress(server.url(path)), sha256: sha256, known: known)
      result = .success(try await downloader.download(request, to: self.path))
    } catch {
      result = .failure(error)
    }
    await downloader.close()
    try await server.close()
    return try result.get()
  }

  private func file(_ downloaded: Downloaded) throws -> Downloaded.File {
    guard case .file(let file) = downloaded else {
      throw CatchmentError(.failed, "no file: \(downloaded)")
    }
    return file
  }

  private func bytes() throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

  /// Nothing but the file is left.
  private func expectWhole() throws {
    #expect(try bytes() == Self.body)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["file.bin"])
  }

  @Test func `hashes what comes and gives it its name when it is whole`() async throws {
    let server = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    let file = try file(await download(from: server, sha256: Self.sha256))
    #expect(file.sha256 == Self.sha256)
    #expect(file.size == 300_000)
    #expect(file.version.etag == "\"one\"")
    #expect(file.version.nanoseconds == 784_111_777_000_000_000)
    try expectWhole()
  }

  @Test func `goes on where a connection was cut, asking for the rest alone`() async throws {
    let cuts = Mutex(0)
    let server = try await FileServer { request in
      let cut = cuts.withLock { count in
        count += 1
        return count < 3 ? 100_000 : nil
      }
      return FileServer.answer(to: request, with: Self.body, etag: "\"one\"", cutAfter: cut)
    }
    let file = try file(await download(from: server))
    // What was on its way when the connection broke may be lost.
    let begins = server.requests.map { $0.begin ?? 0 }
    #expect(begins.count == 3 && begins[0] == 0)
    #expect(1...100_000 ~= begins[1] && begins[1] + 1...200_000 ~= begins[2], "\(begins)")
    #expect(file.resumed == Int64(begins[2]))
    #expect(file.sha256 == Self.sha256)
    try expectWhole()
  }

  @Test func `goes on in a later run with what an earlier one left`() async throws {
    let first = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"", cutAfter: 120_000)
    }
    await #expect(throws: CatchmentError.self) {
      try await download(from: first, options: options { $0.retry = .never })
    }
    let second = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    #expect(try 1...120_000 ~= file(await download(from: second)).resumed)
    try expectWhole()
  }

  @Test func `begins anew when the file has changed meanwhile`() async throws {
    let tries = Mutex(0)
    let other = Self.body.map { $0 ^ 0xff }
    let server = try await FileServer { request in
      let isFirst = tries.withLock { count in
        count += 1
        return count == 1
      }
      return FileServer.answer(
        to: request, with: isFirst ? other : Self.body, etag: isFirst ? "\"old\"" : "\"new\"",
        cutAfter: isFirst ? 90_000 : nil)
    }
    let file = try file(await download(from: server))
    #expect(file.resumed == 0)
    #expect(file.sha256 == Self.sha256)
    try expectWhole()
  }

  @Test func `does not fetch again what the server calls the same`() async throws {
    let server = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    #expect(
      try await download(from: server, known: FileVersion(etag: "\"one\"")) == .unchanged)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func `leaves nothing of a file with another checksum`() async throws {
    let server = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    let error = await #expect(throws: CatchmentError.self) {
      try await download(from: server, sha256: String(repeating: "0", count: 64))
    }
    #expect(error?.code == .validation)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test(arguments: [429, 500, 503])
  func `waits as long as a busy server asks for, and tries again`(status: Int) async throws {
    let tries = Mutex(0)
    let server = try await FileServer { request in
      let isFirst = tries.withLock { count in
        count += 1
        return count == 1
      }
      guard !isFirst else {
        return FileServer.Answer(status: status, headers: [("Retry-After", "1")])
      }
      return FileServer.answer(to: request, with: Self.body, etag: "\"one\"")
    }
    let began = ContinuousClock.now
    _ = try await download(from: server)
    #expect(ContinuousClock.now - began >= .seconds(1))
    #expect(server.requests.count == 2)
  }

  @Test(arguments: [
    (404, "source_unavailable"), (403, "configuration"), (410, "source_unavailable"),
  ])
  func `does not try again what will not pass`(status: Int, code: String) async throws {
    let server = try await FileServer { _ in FileServer.Answer(status: status) }
    let error = await #expect(throws: CatchmentError.self) { try await download(from: server) }
    #expect(error?.code.description == code)
    #expect(server.requests.count == 1)
  }

  @Test func `leaves a host alone that fails again and again`() async throws {
    let server = try await FileServer { _ in FileServer.Answer(status: 500) }
    let error = await #expect(throws: CatchmentError.self) {
      try await download(
        from: server,
        options: options {
          $0.failuresAllowed = 3
          $0.retry = RetryPolicy(tries: 10, base: 0.001, longest: 0.001)
        })
    }
    #expect(server.requests.count == 3)
    #expect(error?.message.contains("left alone") == true, "\(error?.message ?? "")")
  }

  @Test func `asks one host for no more files at once than it may`() async throws {
    let open = Mutex((now: 0, most: 0))
    let server = try await FileServer { request in
      open.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
      // Each answer is held long enough that the others would come in.
      usleep(20_000)
      open.withLock { $0.now -= 1 }
      return FileServer.answer(to: request, with: Array(request.path.utf8), etag: "\"e\"")
    }
    let downloader = Downloader(options { $0.perHost = 2 })
    let wanted = try (0..<8).map { number in
      (Download(try WebAddress(server.url("/\(number)"))), "\(folder.path)/\(number)")
    }
    let files = try await downloader.downloadAll(wanted)
    await downloader.close()
    try await server.close()
    #expect(files.count == 8)
    #expect(try String(contentsOfFile: "\(folder.path)/5", encoding: .utf8) == "/5")
    #expect(open.withLock { $0.most } <= 2)
  }

  @Test func `gives a server up that drips, and goes on with the rest`() async throws {
    let tag = "\"1\""
    let isFirst = Mutex(true)
    let server = try await FileServer { request in
      var answer = FileServer.answer(to: request, with: Self.body, etag: tag)
      // In all it would take an hour.
      let isSlow = isFirst.withLock { first in
        defer { first = false }
        return first
      }
      if isSlow { answer.drops = 2 }
      return answer
    }
    let patient = options {
      $0.leastRate = LeastRate(bytesPerSecond: 1 << 10, seconds: 0.2)
      // A busy machine may be slow as well: each try brings the file further.
      $0.retry.tries = 100
    }
    let file = try file(try await download(from: server, options: patient))
    #expect(file.sha256 == Self.sha256)
    #expect(file.resumed > 0 && file.resumed < 2_000)
    #expect(server.requests.count > 1 && server.requests.last?.begin ?? 0 > 0)
  }

  @Test func `looks at what it waits for alone, over each stretch of time`() {
    var watch = RateWatch(LeastRate(bytesPerSecond: 100, seconds: 10))
    let came: [(bytes: Int, wait: Duration)] = [
      (0, .seconds(9)), (1_000, .seconds(1)), (1, .milliseconds(1)), (500, .seconds(10)),
    ]
    #expect(came.map { watch.take($0.bytes, after: $0.wait) } == [true, true, true, false])
  }

  @Test func `takes no more bytes a second than it may`() async throws {
    let server = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    let began = ContinuousClock.now
    _ = try await download(from: server, options: options { $0.bytesPerSecond = 600_000 })
    #expect(ContinuousClock.now - began >= .milliseconds(480))
  }

  // MARK: Redirects and hosts

  @Test func `follows redirects on the same host`() async throws {
    let server = try await FileServer { request in
      request.path == "/file.bin"
        ? FileServer.Answer(status: 302, headers: [("Location", "/elsewhere?a=b")])
        : FileServer.answer(to: request, with: Self.body, etag: "\"one\"")
    }
    _ = try await download(from: server)
    #expect(server.requests.map(\.path) == ["/file.bin", "/elsewhere?a=b"])
  }

  @Test func `gives no other host a header, and asks only those that are named`() async throws {
    let other = try await FileServer {
      FileServer.answer(to: $0, with: Self.body, etag: "\"one\"")
    }
    let target = "http://localhost:\(other.port)/moved"
    let server = try await FileServer { _ in
      FileServer.Answer(status: 307, headers: [("Location", target)])
    }
    func fetch(_ allowed: Set<String>) async throws -> Downloaded {
      let downloader = Downloader(options { $0.rules = HostRules(allowed: allowed) })
      let request = Download(
        try WebAddress(server.url("/a")),
        headers: { _ in
          [("Authorization", "secret")]
        })
      let result: Result<Downloaded, any Error>
      do {
        result = .success(try await downloader.download(request, to: path))
      } catch {
        result = .failure(error)
      }
      await downloader.close()
      return try result.get()
    }
    let refused = await #expect(throws: CatchmentError.self) { try await fetch(["127.0.0.1"]) }
    #expect(refused?.code == .refused)
    #expect(other.requests.isEmpty)
    _ = try await fetch(["127.0.0.1", "localhost"])
    #expect(server.requests.last?.headers.first(name: "authorization") == "secret")
    #expect(other.requests.map { $0.headers.first(name: "authorization") } == [nil])
    try await server.close()
    try await other.close()
  }

  @Test func `does not go round in circles`() async throws {
    let server = try await FileServer { _ in
      FileServer.Answer(status: 301, headers: [("Location", "/again")])
    }
    await #expect(throws: CatchmentError.self) { try await download(from: server) }
    #expect(server.requests.count == 6)
  }

  @Test func `asks no server of this machine unless it is named`() async throws {
    let server = try await FileServer { _ in FileServer.Answer() }
    let error = await #expect(throws: CatchmentError.self) {
      try await download(from: server, options: options { $0.rules = HostRules() })
    }
    #expect(error?.code == .refused)
    #expect(server.requests.isEmpty)
  }

  @Test(
    arguments: [
      ([10, 1, 2, 3], false), ([127, 0, 0, 1], false), ([169, 254, 169, 254], false),
      ([172, 31, 0, 1], false), ([172, 32, 0, 1], true), ([192, 168, 1, 1], false),
      ([100, 100, 0, 1], false), ([0, 0, 0, 0], false), ([224, 0, 0, 1], false),
      ([93, 184, 215, 14], true),
      ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
      ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1], false),
      ([0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
      ([0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], false),
      ([0x26, 0x06, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], true),
    ] as [([UInt8], Bool)])
  func `knows which addresses are public`(bytes: [UInt8], isPublic: Bool) {
    #expect(NetworkAddress(bytes: bytes).isPublic == isPublic)
  }

  @Test(arguments: ["file:///etc/passwd", "ftp://host/a", "https://", "https://me:pw@host/", "x"])
  func `refuses what is no URL of a file`(text: String) {
    #expect(throws: CatchmentError.self) { try WebAddress(text) }
  }

  @Test func `reads times of HTTP`() {
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.seconds("Thu, 29 Feb 2024 00:00:00 GMT") == 1_709_164_800)
    #expect(HTTPDate.seconds("yesterday") == nil)
    #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
  }

  @Test(arguments: [
    ("/a/b%20c.zip", "b c.zip"), ("/", nil), ("/a/..", nil), ("/a%2F..%2Fb", nil), ("/%00", nil),
  ])
  func `names a file after the end of its URL, if that is a name`(path: String, name: String?)
    throws
  {
    #expect(try WebAddress("https://host\(path)").fileName == name)
  }
}
