/// Sets of numbers that grow together (union-find); the least number stands for its set.
struct DisjointSets {
  private var parents: [Int64: Int64] = [:]

  var members: some Collection<Int64> { parents.keys }

  /// The least number of the set that a number is in.
  mutating func root(of number: Int64) -> Int64 {
    var root = number
    while let parent = parents[root], parent != root { root = parent }
    var step = number
    while let parent = parents[step], parent != root {
      parents[step] = root
      step = parent
    }
    return root
  }

  mutating func unite(_ a: Int64, _ b: Int64) {
    let (x, y) = (root(of: a), root(of: b))
    let least = min(x, y)
    for number in [a, b, x, y] { parents[number] = least }
  }
}
