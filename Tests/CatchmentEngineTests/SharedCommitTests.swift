import Catchment
import Testing

@testable import CatchmentEngine

@Suite struct `Units that wait for a transaction` {
  private let batch = Batch(rows: nil, units: [])

  @Test func `go together, so many at most`() {
    var ready = SharedCommit(most: 2, memory: 512 << 20)
    ready.add(batch)
    #expect(!ready.isFull)
    ready.add(batch)
    #expect(ready.isFull)
    ready.add(batch)
    #expect(ready.take().map(\.count) == [2, 1])
    #expect(ready.take().isEmpty)
  }

  @Test func `do not wait when there is too much to hold`() {
    var ready = SharedCommit(most: 100, memory: 512 << 20)
    #expect(ready.isShared(31 << 20))
    #expect(!ready.isShared(32 << 20))
    ready.add(batch, of: 20 << 20)
    #expect(!ready.isFull)
    ready.add(batch, of: 12 << 20)
    #expect(ready.isFull)
    _ = ready.take()
    #expect(!ready.isFull)
  }

  @Test func `do not wait when each has one of its own`() {
    var ready = SharedCommit(most: 1, memory: 512 << 20)
    #expect(!ready.isShared(1))
    ready.add(batch)
    #expect(ready.isFull)
  }
}
