import Catchment
import CatchmentTesting
import Foundation
import NIOCore

@testable import CatchmentConnectors

/// The real S3 server that `./test` starts, and a place on it that no other test uses.
struct S3Server {
  private static let environment = ProcessInfo.processInfo.environment
  /// Nil when there is none: tests that need it are then skipped.
  static let endpoint = environment["CATCHMENT_S3"]
  static var isThere: Bool { endpoint != nil }
  static let bucket = "catchment-tests"

  let prefix = UUID().uuidString.lowercased()

  /// Who the server knows, by way of another server when one is given.
  static func settings(_ endpoint: String? = Self.endpoint) -> S3Settings {
    S3Settings(
      endpoint: endpoint, accessKey: environment["CATCHMENT_S3_ACCESS_KEY"],
      secretKey: environment["CATCHMENT_S3_SECRET_KEY"])
  }

  func path(_ key: String) -> String { "s3://\(Self.bucket)/\(prefix)/\(key)" }

  /// Does something with the bucket by a connection of its own.
  func with<R>(_ body: (S3Bucket) throws -> R) throws -> R {
    var access = RemoteAccess()
    access.s3 = Self.settings()
    let account = try S3Account(access.s3)
    let bucket = S3Bucket(
      Self.bucket, account,
      try access.options(naming: [try account.address(Self.bucket).host]))
    defer { bucket.close() }
    return try body(bucket)
  }

  func put(_ text: String, _ key: String) throws {
    _ = try with { bucket in
      try bucket.put(NIOCore.ByteBuffer(string: text), as: "\(prefix)/\(key)", .anything)
    }
  }

  func text(_ key: String) throws -> String? {
    try with { try $0.get("\(prefix)/\(key)") }.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// The keys below the place, without its name.
  func keys(_ folder: String = "") throws -> [String] {
    try with { try $0.list(prefix: "\(prefix)/\(folder)") }
      .map { String($0.key.dropFirst(prefix.count + 1)) }
  }

  func remove(_ key: String) throws { try with { try $0.delete("\(prefix)/\(key)") } }
}
