internal import Synchronization

/// The identities that are in the tables or on their way there: how a file that shares records with
/// another is noticed before either is written twice.
///
/// Open addressing over plain words: about 16 bytes an identity.
final class KeySet: Sendable {
  private struct Table {
    var slots: ContiguousArray<UInt64>
    var count = 0

    init(capacity: Int) {
      slots = ContiguousArray(repeating: 0, count: capacity)
    }

    func contains(_ key: UInt64) -> Bool {
      var index = start(key)
      while slots[index] != 0 {
        if slots[index] == key { return true }
        index = (index + 1) & (slots.count - 1)
      }
      return false
    }

    mutating func insert(_ key: UInt64) {
      if count * 4 >= slots.count * 3 { grow(to: slots.count * 2) }
      var index = start(key)
      while slots[index] != 0 {
        if slots[index] == key { return }
        index = (index + 1) & (slots.count - 1)
      }
      slots[index] = key
      count += 1
    }

    mutating func reserve(_ more: Int) {
      var capacity = slots.count
      while (count + more) * 4 >= capacity * 3 { capacity *= 2 }
      if capacity > slots.count { grow(to: capacity) }
    }

    private mutating func grow(to capacity: Int) {
      var larger = Table(capacity: capacity)
      for key in slots where key != 0 { larger.insert(key) }
      self = larger
    }

    private func start(_ key: UInt64) -> Int {
      Int(truncatingIfNeeded: key &* 0x9e37_79b9_7f4a_7c15 >> 20) & (slots.count - 1)
    }
  }

  private let table = Mutex(Table(capacity: 1 << 12))

  /// Makes room for so many more, so that the table need not grow while workers wait for it.
  func reserve(_ count: Int) {
    table.withLock { $0.reserve(count) }
  }

  /// Adds keys that are known to be in the tables.
  func insert(_ keys: some Sequence<UInt64>) {
    table.withLock { table in
      for key in keys { table.insert(Self.stored(key)) }
    }
  }

  /// Adds a unit's keys; tells whether none of them was there before.
  func admit(_ keys: ContiguousArray<UInt64>) -> Bool {
    table.withLock { table in
      let isNew = !keys.contains { table.contains(Self.stored($0)) }
      for key in keys { table.insert(Self.stored(key)) }
      return isNew
    }
  }

  /// 0 marks an empty slot.
  private static func stored(_ key: UInt64) -> UInt64 { key == 0 ? 1 : key }
}
