import Catchment
import CatchmentCatalogue
import Foundation

/// Files that are not ours to ship, found beside the package or by an environment variable.
enum Samples {
  static let folder: URL = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let path = ProcessInfo.processInfo.environment["CATCHMENT_SAMPLES"] ?? "../shared/samples"
    return URL(filePath: path, relativeTo: package.appending(path: "", directoryHint: .isDirectory))
  }()

  /// The platforms that files were recorded of, as the catalogue has them.
  static let platforms = Catalogue.sources.all.filter { !$0.isCopy && has($0.name) }

  static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  static func path(_ name: String) -> String { folder.appending(path: name).path }

  static func files(in name: String, extension suffix: String) -> [URL] {
    let all = FileManager.default.enumerator(
      at: folder.appending(path: name), includingPropertiesForKeys: nil)
    let urls = all?.compactMap { $0 as? URL } ?? []
    return urls.filter { $0.pathExtension == suffix }.sorted { $0.path < $1.path }
  }
}

/// What the samples' plain, slow reader counted in one file.
struct Oracle: CustomStringConvertible {
  let file: String
  private var metrics: [String: String]

  var description: String { file }

  /// Every Claude Code file of `ORACLES.tsv`; none when there are no samples.
  static let all = of("claude_code")

  /// Every file of a platform in `ORACLES.tsv`; none when there are no samples.
  static func of(_ platform: String) -> [Oracle] {
    guard let data = FileManager.default.contents(atPath: Samples.path("ORACLES.tsv")) else {
      return []
    }
    var oracles: [String: Oracle] = [:]
    for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let cells = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      guard cells.count >= 4, cells[0] == platform else { continue }
      oracles[cells[1], default: Oracle(file: cells[1], metrics: [:])].metrics[cells[2]] = cells[3]
    }
    return oracles.values.sorted { $0.file < $1.file }
  }

  subscript(metric: String) -> Int? { metrics[metric].flatMap { Int($0) } }

  func text(_ metric: String) -> String? { metrics[metric] }

  /// A metric that is a list, written as JSON in the quotes of a table.
  func list(_ metric: String) throws -> [String] { try decoded(metric) ?? [] }

  /// A metric that is a number by name.
  func numbers(_ metric: String) throws -> [String: Int] { try decoded(metric) ?? [:] }

  /// A metric that is a count for each of some names; nil when it is not stated.
  func counts(_ metric: String) throws -> [String: Int]? { try decoded(metric) }

  /// A metric that is an amount by name.
  func amounts(_ metric: String) throws -> [String: Double] { try decoded(metric) ?? [:] }

  /// A metric that is an amount, in millionths; nought when it is not stated.
  func millionths(_ metric: String) -> Int {
    Int(((metrics[metric].flatMap { Double($0) } ?? 0) * 1e6).rounded())
  }

  private func decoded<Metric: Decodable>(_ metric: String) throws -> Metric? {
    guard let quoted = metrics[metric] else { return nil }
    let isQuoted = quoted.count > 1 && quoted.hasPrefix("\"") && quoted.hasSuffix("\"")
    let json = isQuoted ? String(quoted.dropFirst().dropLast()) : quoted
    return try JSONDecoder().decode(
      Metric.self, from: Data(json.replacing("\"\"", with: "\"").utf8))
  }
}
