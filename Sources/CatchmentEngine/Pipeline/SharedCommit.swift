internal import Catchment

/// Batches that wait to be committed in one transaction.
///
/// Only small units share one: what waits is held, and a large unit gains nothing by it.
struct SharedCommit {
  /// How many units there may be, and how many bytes of their files.
  let most: Int
  let room: Int64
  private(set) var batches: [Batch] = []
  private var bytes: Int64 = 0

  /// - Parameter memory: what the process may hold; a sixteenth of it may wait.
  init(most: Int, memory: Int) {
    (self.most, room) = (max(most, 1), Int64(memory / 16))
  }

  var isFull: Bool { batches.count >= most || bytes >= room }

  /// Whether a unit of so many bytes waits for others; one that does not may go straight through.
  func isShared(_ size: Int64) -> Bool { most > 1 && size < room }

  mutating func add(_ batch: Batch, of size: Int64 = 0) {
    batches.append(batch)
    bytes += size
  }

  /// What waits, in transactions of so many at most; nothing waits afterwards.
  mutating func take() -> [[Batch]] {
    defer { (batches, bytes) = ([], 0) }
    return stride(from: 0, to: batches.count, by: most).map { start in
      Array(batches[start..<min(start + most, batches.count)])
    }
  }
}

/// How long it takes from beginning to read units until their rows are committed, in seconds.
struct CommitLatency: Sendable {
  private var begun: [Double] = []
  private var sum = 0.0
  private var count = 0

  /// Of the units that are committed; 0 of none.
  var mean: Double { count > 0 ? sum / Double(count) : 0 }

  mutating func begin() { begun.append(Clock.steady()) }

  /// All units that were begun are committed.
  mutating func end() {
    let now = Clock.steady()
    sum += begun.reduce(0) { $0 + now - $1 }
    count += begun.count
    begun = []
  }
}
