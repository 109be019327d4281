import Foundation
import JSONTape

/// The official JSON-Schema-Test-Suite, as Debian's packages install it.
enum OfficialSuite {
  /// A schema with values, of one file.
  struct Group: CustomStringConvertible, Sendable {
    let file: String
    let about: String
    let schema: String
    let cases: [Case]

    var description: String { "\(file): \(about)" }
  }

  struct Case: Sendable {
    let about: String
    let data: String
    let isValid: Bool
  }

  /// Where the suite of draft 2020-12 is; nil when it is not installed.
  static let folder: String? = [
    "/usr/share/json-schema-test-suite",
    "/usr/share/perl5/auto/share/dist/Test-JSON-Schema-Acceptance",
  ].first { FileManager.default.fileExists(atPath: "\($0)/tests/draft2020-12") }

  /// The required tests: what lies in no folder below.
  static let required: [Group] = {
    guard let folder else { return [] }
    let path = "\(folder)/tests/draft2020-12"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".json") }.sorted().flatMap { groups("\(path)/\($0)", $0) }
  }()

  /// The documents that the tests refer to, by the address that the suite gives them.
  static let remotes: [String: String] = {
    guard let folder else { return [:] }
    let root = "\(folder)/remotes"
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".json") }.reduce(into: [:]) { all, name in
      let data = FileManager.default.contents(atPath: "\(root)/\(name)") ?? Data()
      all["http://localhost:1234/\(name)"] = String(decoding: data, as: UTF8.self)
    }
  }()

  /// The values stay as they are written, `1.0` too.
  private static func groups(_ path: String, _ file: String) -> [Group] {
    let text = String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    let read = try? withJSON(text) { groups in
      groups.elements.map { group in
        Group(
          file: file, about: string(of: group["description"]),
          schema: group["schema"].map { String($0.sourceText) } ?? "",
          cases: group["tests"].map(cases) ?? [])
      }
    }
    return read ?? []
  }

  private static func cases(_ tests: JSONValue) -> [Case] {
    tests.elements.map { test in
      Case(
        about: string(of: test["description"]),
        data: test["data"].map { String($0.sourceText) } ?? "",
        isValid: test["valid"]?.boolean ?? false)
    }
  }

  private static func string(of value: JSONValue?) -> String {
    value?.text.map { String($0) } ?? ""
  }
}
