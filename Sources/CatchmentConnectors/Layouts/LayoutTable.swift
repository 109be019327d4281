internal import Catchment
internal import DuckDB
internal import Foundation

/// Reads files by a layout into relations.
struct LayoutTable {
  let layout: Layout

  /// The rows of a file, and the lines that are none.
  ///
  /// Throws `validation` when the file is another than the layout is for.
  func read(_ file: TextFile, in bench: Workbench) throws(CatchmentError) -> Extracted {
    let outcome = LayoutOutcome()
    let name = "layout_\(UUID().uuidString.replacing("-", with: ""))"
    do throws(DuckDBError) {
      try bench.connection.register(function(name, file, outcome))
    } catch {
      throw CatchmentError(.failed, "the file cannot be read", cause: error.description)
    }
    do throws(CatchmentError) {
      return try bench.extract("SELECT * FROM \(name)()") { _ in outcome.letters }
    } catch {
      throw outcome.failure ?? error
    }
  }

  private func function(
    _ name: String, _ file: TextFile, _ outcome: LayoutOutcome
  ) -> TableFunction {
    let columns = layout.columns.members.map {
      LogicalType.Field($0.name, $0.value.type.logical)
    }
    let threads = Self.threads(for: file)
    return TableFunction(name) { [layout] _ in
      PromisedRows(columns, threads: threads) {
        // The engine's threads are left to the engine.
        let ahead = ReadAhead(waiting: 2) { () throws(CatchmentError) in
          let reader = try LayoutReader(layout, file, outcome)
          return { () throws(CatchmentError) in try reader.next() }
        }
        return {
          { rows in
            if let chunk = try Self.noting(outcome, { try ahead.next() }) { try rows.show(chunk) }
          }
        }
      }
    }
  }

  /// How many of the engine's threads may take rows, which mixes their order where that does not matter.
  ///
  /// The rows of a small file stay in order.
  private static func threads(for file: TextFile) -> Int {
    let size = Unit.Fingerprint.current(of: file.path)?.size ?? 0
    return size < 8 << 20 ? 1 : mostThreads
  }

  /// One thread reads, as quickly as so many write.
  private static let mostThreads = 4

  private static func noting<R>(_ outcome: LayoutOutcome, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as CatchmentError {
      outcome.fail(error)
      throw error
    }
  }
}
