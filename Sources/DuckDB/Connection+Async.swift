extension Connection {
  /// Runs the text on a thread of its own, so that no thread of the task pool is held up.
  ///
  /// Cancelling the task interrupts the query, which then throws `.interrupted`. The connection
  /// belongs to the query until it returns.
  public func run(_ sql: String) async throws(DuckDBError) -> sending ResultSet {
    let slot = slot
    return try await onThread(interrupting: slot) { () throws(DuckDBError) in
      try slot.query(sql)
    }
  }
}

extension Database {
  /// Runs blocking work with a connection of its own, on a thread of its own.
  ///
  /// Cancelling the task interrupts the query that runs, which throws `.interrupted` inside `body`.
  /// The connection closes when `body` ends.
  ///
  /// ```swift
  /// let rows = try await database.withConnection { connection in
  ///   try connection.query("SELECT count(*) FROM events").scalar()?.int64 ?? 0
  /// }
  /// ```
  public func withConnection<R: Sendable>(
    _ body: @escaping @Sendable (Connection) throws -> R
  ) async throws -> R {
    let slot = try connect().slot
    return try await onThread(interrupting: slot) { () throws(any Error) in
      defer { slot.close() }
      return try body(Connection(sharing: slot, of: self))
    }
  }
}

/// Runs `work` on a new thread and waits without blocking; cancelling interrupts the connection.
private func onThread<R, Failure: Error>(
  interrupting slot: HandleSlot, _ work: @escaping @Sendable () throws(Failure) -> sending R
) async throws(Failure) -> sending R {
  let watch = CancellationWatch(slot)
  let parcel = Parcel<R, Failure>()
  await withTaskCancellationHandler {
    await withCheckedContinuation { continuation in
      Thread.detach {
        parcel.fill(work)
        watch.finish()
        continuation.resume()
      }
    }
  } onCancel: {
    watch.cancel()
  }
  return try parcel.open()
}

/// Carries what `work` made, which need not be `Sendable`, from its thread to the one that waits.
///
/// Unchecked: the thread fills it before it resumes the task, and the task opens it after; neither
/// keeps what was inside.
private final class Parcel<Content, Failure: Error>: @unchecked Sendable {
  private var content: Result<Content, Failure>?

  func fill(_ work: () throws(Failure) -> sending Content) {
    do { content = .success(try work()) } catch { content = .failure(error) }
  }

  func open() throws(Failure) -> sending Content {
    guard let filled = content else { preconditionFailure("The parcel was never filled.") }
    content = nil
    // Nothing else holds it any more: see the invariant above.
    nonisolated(unsafe) let opened = filled
    return try opened.get()
  }
}
