internal import Synchronization

/// How far an import is, for whoever shows it.
public final class ImportProgress: Sendable {
  public struct Snapshot: Sendable {
    public var bytes: Int64 = 0
    public var totalBytes: Int64 = 0
    public var units = 0
    public var totalUnits = 0
  }

  private let state = Mutex(Snapshot())

  public init() {}

  public var snapshot: Snapshot { state.withLock { $0 } }

  func expect(bytes: Int64, units: Int) {
    state.withLock {
      $0.totalBytes += bytes
      $0.totalUnits += units
    }
  }

  func add(bytes: Int64, units: Int) {
    state.withLock {
      $0.bytes += bytes
      $0.units += units
    }
  }
}
