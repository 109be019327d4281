import Foundation
import Testing

/// The example of a county's property data in a place of its own, with archives that its generator makes.
struct County {
  let path: String
  private static let example = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Examples/hcad").path

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "county-\(UUID())").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: path) }

  /// Makes the archives in the folder `data`.
  func make(_ arguments: String...) throws {
    let made = try Program.run(
      ["python3", "\(Self.example)/make-data.py", "\(path)/data"] + arguments, of: "/usr/bin/env",
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    try #require(made.status == 0, "\(made.errors)")
  }

  /// Loads a year into `hcad.duckdb`.
  ///
  /// - Parameter source: where the years' folders are.
  func arguments(source: String, year: Int = 2024) -> [String] {
    [
      "run", "\(Self.example)/hcad.yaml", "--set", "year=\(year)", "--set", "source=\(source)",
      "--set", "output=\(path)/hcad.duckdb", "--json", "--home", "\(path)/home",
    ]
  }
}
