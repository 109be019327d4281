/// Sets of numbers that grow together (union-find), but never so that two which must stay apart come
/// into one; the least number stands for its set.
struct DisjointSets {
  private var parents: [Int64: Int64] = [:]
  /// Of each number that stands for a set of several.
  private var sets: [Int64: [Int64]] = [:]
  private var apart: [Int64: [Int64]] = [:]

  var members: some Collection<Int64> { parents.keys }

  /// The least number of the set that a number is in.
  func root(of number: Int64) -> Int64 {
    var root = number
    while let parent = parents[root], parent != root { root = parent }
    return root
  }

  /// Two numbers that never come into one set; what is united already stays so.
  mutating func separate(_ a: Int64, _ b: Int64) {
    apart[a, default: []].append(b)
    apart[b, default: []].append(a)
  }

  /// Makes one set of two, unless numbers of theirs must stay apart.
  mutating func unite(_ a: Int64, _ b: Int64) {
    let (x, y) = (root(of: a), root(of: b))
    let (ours, theirs) = (sets[x] ?? [x], sets[y] ?? [y])
    let isLess = ours.count < theirs.count
    guard x != y, !areApart(isLess ? ours : theirs, from: isLess ? y : x) else { return }
    let least = min(x, y)
    for number in [x, y, least] { parents[number] = least }
    sets[x] = nil
    sets[y] = nil
    sets[least] = ours + theirs
  }

  private func areApart(_ numbers: [Int64], from root: Int64) -> Bool {
    numbers.contains { number in
      apart[number]?.contains { self.root(of: $0) == root } ?? false
    }
  }
}
