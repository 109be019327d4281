import ArgumentParser
import Catchment
import CatchmentCatalogue
import CatchmentEngine
import Foundation

/// The warehouse that follows the home: flag, then environment, then the home's `warehouse.url`.
struct WarehouseOption: ParsableArguments {
  @Option(
    name: .customLong("warehouse"),
    help: ArgumentHelp(
      "A warehouse to keep equal to the home's: a postgresql:// or sqlite: URL. "
        + "(default: $CATCHMENT_WAREHOUSE, else the file warehouse.url in the home, else none)",
      valueName: "url"))
  var url: String?

  /// Throws `configuration` when what is set names no warehouse.
  func follower(_ options: GlobalOptions) throws(CatchmentError) -> (any Follower)? {
    guard let url = try setting(options), !url.isEmpty else { return nil }
    return try Catalogue.follower(url)
  }

  private func setting(_ options: GlobalOptions) throws(CatchmentError) -> String? {
    if let url = url ?? options.environment["CATCHMENT_WAREHOUSE"] { return url }
    let file = "\(options.home.path)/warehouse.url"
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    do {
      return try String(contentsOfFile: file, encoding: .utf8)
        .trimmingCharacters(in: .whitespacesAndNewlines)
    } catch {
      throw CatchmentError(
        .configuration, "the warehouse's URL in \(file) cannot be read",
        hint: "write one line of text into it, or remove it", cause: error.localizedDescription)
    }
  }
}

extension GlobalOptions {
  /// What an import may use, and the warehouse that follows the home.
  func importing(_ warehouse: WarehouseOption) throws(CatchmentError) -> Importer.Options {
    .init(
      memory: memory.bytes, threads: threadCount, follower: try warehouse.follower(self))
  }
}

extension PublicationReport {
  /// `postgresql://me@localhost/talks: 12 rows written, 3 removed, in 0.1 s`.
  var line: String {
    guard kind != .unchanged else { return "\(location): has everything" }
    let (new, old) = (written.values.reduce(0, +), removed.values.reduce(0, +))
    return "\(location): \(Figures.of(new, "row")) written, \(Figures.count(old)) removed,"
      + " in \(Figures.seconds(seconds))"
  }

  var json: JSON {
    JSON([
      "location": .text(location), "kind": .text(kind.rawValue), "rows": Self.counts(rows),
      "written": Self.counts(written), "removed": Self.counts(removed),
      "seconds": .number(Figures.fixed(seconds, 3)),
      "table_seconds": .object(
        tableSeconds.sorted { $0.key < $1.key }.map {
          .init($0.key, .number(Figures.fixed($0.value, 3)))
        }),
    ])
  }

  private static func counts(_ tables: [String: Int]) -> JSON {
    .object(tables.sorted { $0.key < $1.key }.map { .init($0.key, .integer($0.value)) })
  }
}
