import Catchment
import Foundation
import Testing

@testable import CatchmentConnectors

/// A case of AWS's own suite for Signature Version 4.
private struct SigningCase: CustomTestStringConvertible {
  let name: String
  private let folder: String
  var testDescription: String { name }

  private static var root: String? {
    ProcessInfo.processInfo.environment["CATCHMENT_SAMPLES"].map {
      "\($0)/s3/awslabs__aws-c-auth/tests/aws-signing-test-suite/v4"
    }
  }

  static var isThere: Bool { root.map(FileManager.default.fileExists) ?? false }

  /// Those whose path is as it is sent: S3 neither changes a path nor encodes it twice.
  static func all() throws -> [SigningCase] {
    guard let root, isThere else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: root).sorted()
      .map { SigningCase(name: $0, folder: "\(root)/\($0)") }
      .filter { test in
        let path = try test.lines("request.txt")[0].split(separator: " ")[1].prefix { $0 != "?" }
        return path == "/"
      }
  }

  func text(_ name: String) throws -> String {
    try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }

  func lines(_ name: String) throws -> [String] {
    try text(name).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  var context: [String: Any] {
    get throws {
      let json = try JSONSerialization.jsonObject(with: Data(try text("context.json").utf8))
      return try #require(json as? [String: Any])
    }
  }
}

@Suite(.enabled(if: SigningCase.isThere, "CATCHMENT_SAMPLES holds AWS's suite"))
struct `The signature of a request` {
  @Test func `is that of AWS's suite`() throws {
    let cases = try SigningCase.all()
    #expect(cases.count >= 12)
    for test in cases { try check(test) }
  }

  private func check(_ test: SigningCase) throws {
    let context = try test.context
    let keys = try #require(context["credentials"] as? [String: String])
    let lines = try test.lines("request.txt")
    let target = lines[0].dropFirst(lines[0].prefix { $0 != " " }.count + 1)
      .dropLast(" HTTP/1.1".count)
    let headers = lines.dropFirst().prefix { !$0.isEmpty }.map { line in
      let name = line.prefix { $0 != ":" }
      return (name: String(name), value: String(line.dropFirst(name.count + 1)))
    }
    let canonical = try test.lines("header-canonical-request.txt")
    let payload = try #require(canonical.last)
    let isBodySigned = context["sign_body"] as? Bool == true
    let signature = RequestSignature(
      keys: S3Keys(
        accessKey: try #require(keys["access_key_id"]),
        secretKey: try #require(keys["secret_access_key"]), sessionToken: keys["token"]),
      region: try #require(context["region"] as? String),
      service: try #require(context["service"] as? String))
    let host = try #require(headers.first { $0.name == "Host" }).value
    let signed = signature.headers(
      String(lines[0].prefix { $0 != " " }), try WebAddress("https://\(host)\(target)"),
      headers.filter { $0.name != "Host" }
        + (isBodySigned ? [("x-amz-content-sha256", payload)] : []), payload: payload,
      at: 1_440_938_160)
    let expected = try test.text("header-signature.txt").trimmingCharacters(
      in: .whitespacesAndNewlines)
    let authorization = signed.first { $0.name == "Authorization" }?.value
    #expect(authorization?.hasSuffix("Signature=\(expected)") == true, "\(test.name)")
  }
}
