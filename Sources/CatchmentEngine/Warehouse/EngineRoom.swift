internal import DuckDB
internal import Synchronization

/// How much memory the engine may count as its own while a warehouse is open.
///
/// What it is given for a piece of work is enough but for very long records: to commit a text takes room
/// for it twice. Those raise the limit, until the warehouse is closed.
final class EngineRoom: Sendable {
  private struct State {
    var share: Int
    var longest = 0

    var limit: Int {
      longest < EngineRoom.long ? share : max(share, 2 * longest + EngineRoom.besides)
    }
  }

  /// A shorter record needs no more than any.
  private static let long = 16 << 20
  /// For what is there beside it.
  private static let besides = 32 << 20
  private let state: Mutex<State>

  /// - Parameter share: what it was opened with, in bytes.
  init(_ share: Int) { state = Mutex(State(share: share)) }

  /// Gives it another share.
  func lend(_ share: Int, _ connection: Connection) throws(DuckDBError) {
    try state.withLock { state throws(DuckDBError) in
      state.share = share
      try Self.set(state.limit, connection)
    }
  }

  /// Makes room for a record of so many bytes; of several workers none takes it from another.
  func hold(_ record: Int, _ connection: Connection) throws(DuckDBError) {
    guard record >= Self.long else { return }
    try state.withLock { state throws(DuckDBError) in
      let before = state.limit
      state.longest = max(state.longest, record)
      if state.limit > before { try Self.set(state.limit, connection) }
    }
  }

  private static func set(_ limit: Int, _ connection: Connection) throws(DuckDBError) {
    try connection.execute("SET memory_limit = '\(limit)B'")
  }
}
