import Synchronization

/// The address of something DuckDB owns.
///
/// Unchecked, because Swift knows nothing about an address: what makes it safe to hand to another
/// thread is that the classes which hold one let it be used by one thread at a time, or call only
/// what DuckDB itself locks (`duckdb_interrupt`, `duckdb_query_progress`, `duckdb_connect`).
struct Handle: @unchecked Sendable {
  let raw: OpaquePointer
}

/// A handle that can be taken away: what `close()` empties and every use asks for.
final class HandleSlot: Sendable {
  private let handle: Mutex<Handle?>
  private let destroy: @Sendable (Handle) -> Void

  init(_ raw: OpaquePointer, destroy: @escaping @Sendable (Handle) -> Void) {
    self.handle = Mutex(Handle(raw: raw))
    self.destroy = destroy
  }

  deinit { close() }

  /// The handle, or nil once closed.
  var current: Handle? { handle.withLock { $0 } }

  /// Runs `body` with the handle while nothing can close it.
  func ifOpen(_ body: (Handle) -> Void) {
    handle.withLock { if let open = $0 { body(open) } }
  }

  func close() {
    let taken = handle.withLock { slot -> Handle? in
      defer { slot = nil }
      return slot
    }
    if let taken { destroy(taken) }
  }
}
