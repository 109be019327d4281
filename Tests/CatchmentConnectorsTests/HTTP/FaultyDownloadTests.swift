import Catchment
import CatchmentTesting
import Foundation
import NIOHTTP1
import Synchronization
import Testing

@testable import CatchmentConnectors

/// Five hundred files on a server that fails in every way that passes.
///
/// What goes wrong with a file follows from its number and from how often it was asked for, so that a run
/// can be had again.
private final class FaultyFiles: Sendable {
  static let count = 500
  /// How often a file's requests fail before one is answered as it should be.
  private static let mostFaults = 5

  private enum Fault { case cut, busy, none }

  private let asked = Mutex<[Int: Int]>([:])
  private let faults = Mutex(0)

  /// How many requests failed.
  var faultCount: Int { faults.withLock { $0 } }

  /// From 60 kB to 260 kB; those of a file that was changed are others.
  static func body(_ number: Int, isChanged: Bool) -> [UInt8] {
    var random = SeededRandom(seed: UInt64(number * 2 + (isChanged ? 1 : 0)))
    let size = 60_000 + Int.random(in: 0..<200_000, using: &random)
    let words = (0..<size / 8 + 1).map { _ in random.next() }
    return words.withUnsafeBytes { Array($0.prefix(size)) }
  }

  /// One file of a hundred is another after it was asked for the first time.
  static func changes(_ number: Int) -> Bool { number % 100 == 17 }
  /// One file of a hundred is on a server that knows no parts.
  private static func isWhole(_ number: Int) -> Bool { number % 100 == 61 }

  func answer(_ request: FileServer.Request) -> FileServer.Answer {
    let number = Int(request.path.dropFirst()) ?? 0
    let turn = asked.withLock { asked in
      defer { asked[number, default: 0] += 1 }
      return asked[number, default: 0]
    }
    var random = SeededRandom(seed: UInt64(number * 100 + turn))
    let isChanged = Self.changes(number) && turn > 0
    let body = Self.body(number, isChanged: isChanged)
    let fault = fault(number, turn, &random)
    if fault != .none { faults.withLock { $0 += 1 } }
    switch fault {
    case .busy:
      return FileServer.Answer(
        status: [429, 500, 502, 503].randomElement(using: &random) ?? 503,
        headers: turn % 2 == 0 ? [("Retry-After", "0")] : [])
    case .cut, .none:
      var request = request
      if Self.isWhole(number) { request.headers.remove(name: "range") }
      let left = body.count - (request.begin ?? 0)
      return FileServer.answer(
        to: request, with: body, etag: "\"\(number)-\(isChanged)\"",
        cutAfter: fault == .cut ? Int.random(in: 0..<max(1, left), using: &random) : nil)
    }
  }

  private func fault(_ number: Int, _ turn: Int, _ random: inout SeededRandom) -> Fault {
    if Self.changes(number) || Self.isWhole(number) { return turn == 0 ? .cut : .none }
    guard turn < Self.mostFaults else { return .none }
    switch Int.random(in: 0..<100, using: &random) {
    case ..<45: return .cut
    case ..<65: return .busy
    default: return .none
    }
  }
}

@Suite struct `Five hundred downloads from a server that fails` {
  @Test func `all end with the right bytes, and hardly any byte comes twice`() async throws {
    let folder = try TemporaryDirectory()
    let files = FaultyFiles()
    let server = try await FileServer { files.answer($0) }
    let came = Mutex(0)
    var options = Downloader.Options()
    options.rules = HostRules(allowed: ["127.0.0.1"])
    options.retry = RetryPolicy(tries: 12, base: 0.001, longest: 0.01)
    options.failuresAllowed = 200
    options.idleSeconds = 3_600
    let downloader = Downloader(options) { progress in
      if case .came(let count) = progress { came.withLock { $0 += count } }
    }
    let wanted = try (0..<FaultyFiles.count).map { number in
      (Download(try WebAddress(server.url("/\(number)"))), "\(folder.path)/\(number)")
    }
    let result: Result<[Downloaded], any Error>
    do {
      result = .success(try await downloader.downloadAll(wanted))
    } catch {
      result = .failure(error)
    }
    await downloader.close()
    try await server.close()
    #expect(try result.get().count == FaultyFiles.count)

    var bytes = 0
    for number in 0..<FaultyFiles.count {
      let body = FaultyFiles.body(number, isChanged: FaultyFiles.changes(number))
      let file = try Data(contentsOf: URL(filePath: "\(folder.path)/\(number)"))
      #expect(file == Data(body), "file \(number)")
      bytes += body.count
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(names.count == FaultyFiles.count)
    let twice = Double(came.withLock { $0 } - bytes) / Double(bytes)
    print(
      "\(FaultyFiles.count) downloads, \(files.faultCount) faults:",
      String(format: "%.2f %% of the bytes came twice", twice * 100))
    #expect(files.faultCount > 400)
    #expect(twice < 0.05)
  }
}
