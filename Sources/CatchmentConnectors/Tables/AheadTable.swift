internal import Catchment
internal import DuckDB
internal import Foundation
internal import Synchronization

/// What came of reading a file, beside its rows.
final class ReadOutcome: Sendable {
  private struct State {
    var letters: [DeadLetter] = []
    var failure: CatchmentError?
  }

  private let state = Mutex(State())

  var letters: [DeadLetter] { state.withLock(\.letters) }
  /// Why reading ended: the engine keeps an error's words alone.
  var failure: CatchmentError? { state.withLock(\.failure) }

  func fail(_ error: CatchmentError) { state.withLock { $0.failure = error } }

  /// Returns how many there are.
  @discardableResult
  func add(_ letter: DeadLetter) -> Int {
    state.withLock { state in
      state.letters.append(letter)
      return state.letters.count
    }
  }
}

/// Rows that a thread of their own makes ahead of the engine, whose own threads are left to it.
struct AheadTable {
  let columns: [LogicalType.Field]
  /// How many of the engine's threads may take rows.
  var threads = 1
  /// Makes what makes the chunks, on the thread that does.
  let open: @Sendable (ReadOutcome) throws(CatchmentError) -> ReadAhead<FilledChunk>.Making

  /// The rows, and the records that are none.
  func extracted(in bench: Workbench) throws(CatchmentError) -> Extracted {
    let outcome = ReadOutcome()
    let name = "ahead_\(UUID().uuidString.replacing("-", with: ""))"
    do throws(DuckDBError) {
      try bench.connection.register(function(name, outcome))
    } catch {
      throw CatchmentError(.failed, "the file cannot be read", cause: error.description)
    }
    do throws(CatchmentError) {
      return try bench.extract("SELECT * FROM \(name)()", isReadAhead: true) { _ in
        outcome.letters
      }
    } catch {
      throw outcome.failure ?? error
    }
  }

  private func function(_ name: String, _ outcome: ReadOutcome) -> TableFunction {
    TableFunction(name) { [columns, threads, open] _ in
      PromisedRows(columns, threads: threads) {
        let ahead = ReadAhead(waiting: 2) { () throws(CatchmentError) in try open(outcome) }
        return {
          { rows in
            if let chunk = try Self.noting(outcome, { try ahead.next() }) { try rows.show(chunk) }
          }
        }
      }
    }
  }

  private static func noting<R>(_ outcome: ReadOutcome, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as CatchmentError {
      outcome.fail(error)
      throw error
    }
  }
}
