import ArgumentParser
import Catchment
@preconcurrency import Dispatch
import Foundation
import Synchronization

/// Lets SIGINT and SIGTERM end a piece of work cleanly; a second signal ends it at once.
enum Interruption {
  /// Runs `work`; when a signal comes it is cancelled, and the exit code is the signal's.
  static func watch<R: Sendable>(
    _ work: @escaping @Sendable () async throws -> R
  ) async throws -> R {
    let task = Task { try await work() }
    let caught = Caught()
    let sources = [SIGINT, SIGTERM].map { number in
      // Dispatch sees a signal only when its default, which would end the process, is off.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler {
        guard caught.isFirst(number) else { exit(128 + number) }
        task.cancel()
      }
      source.resume()
      return source
    }
    defer { sources.forEach { $0.cancel() } }
    do {
      return try await task.value
    } catch {
      guard let number = caught.signal else { throw error }
      throw Interrupted(signal: number)
    }
  }

  private static let queue = DispatchQueue(label: "catchment.signals")

  private final class Caught: Sendable {
    private let number = Mutex<Int32?>(nil)

    var signal: Int32? { number.withLock { $0 } }

    func isFirst(_ signal: Int32) -> Bool {
      number.withLock { number in
        defer { number = signal }
        return number == nil
      }
    }
  }
}

/// A piece of work was stopped by a signal, after a clean stop.
struct Interrupted: Error {
  var signal: Int32

  var exitCode: Int32 { 128 + signal }

  var asError: CatchmentError {
    CatchmentError(
      .interrupted, "interrupted; what was committed is kept",
      hint: "run the same command again: it goes on where it stopped")
  }
}
