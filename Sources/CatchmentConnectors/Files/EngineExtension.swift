internal import Catchment
internal import DuckDB
internal import Foundation

/// A part of the engine that comes as a file of its own, and is loaded when it is needed.
struct EngineExtension {
  /// As the engine names it: `excel`.
  let name: String

  /// Loads it from where it was put; else as it was installed for the engine.
  ///
  /// The engine takes only files that its makers have signed, of its own version. Throws
  /// `configuration` when it is nowhere.
  func load(in bench: Workbench) throws(CatchmentError) {
    let file = Self.folders.map { "\($0)/\(name).duckdb_extension" }
      .first(where: FileManager.default.fileExists(atPath:))
    do throws(DuckDBError) {
      try bench.connection.execute("LOAD \(file.map(SQL.literal) ?? SQL.identifier(name))")
    } catch {
      throw CatchmentError(
        .configuration, "the engine's part for \(name) cannot be loaded",
        hint: "run Scripts/setup.sh, or name the folder of \(name).duckdb_extension in "
          + "CATCHMENT_EXTENSIONS", cause: error.message)
    }
  }

  /// What is said, beside the program, and where a checkout has it.
  private static var folders: [String] {
    let program = FileWalk.absolute("/proc/self/exe") ?? CommandLine.arguments.first ?? ""
    let beside = Path.directory(of: program)
    let said = ProcessInfo.processInfo.environment["CATCHMENT_EXTENSIONS"]
    return [said, beside, "\(beside)/../../../.build-deps/lib"].compactMap { $0 }
  }
}
