import Catchment
import Foundation

extension GlobalOptions {
  /// Runs `body` with an engine whose spilled data goes when it ends.
  func withWorkbench<R>(_ body: (Workbench) async throws -> R) async throws -> R {
    let spill = FileManager.default.temporaryDirectory.appending(path: "catchment-\(UUID())")
    try FileManager.default.createDirectory(at: spill, withIntermediateDirectories: true)
    defer {
      do { try FileManager.default.removeItem(at: spill) } catch {
        Output.note("note: \(spill.path.safe) could not be removed")
      }
    }
    return try await body(Workbench(memory: memory.bytes, threads: threadCount, spill: spill.path))
  }
}
