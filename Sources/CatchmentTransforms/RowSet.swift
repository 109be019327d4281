internal import Catchment
internal import DuckDB
internal import Synchronization

/// Some rows of a held relation, a bit for each, which SQL fills and asks through functions of its own.
///
/// A join with a table of the rows would hold them again, and lose the order in which they came.
struct RowSet {
  private let name: String

  /// An empty set, for as long as the workbench is there.
  init(in bench: Workbench) throws(CatchmentError) {
    name = "catchment_rows_\(bench.made)"
    let bits = Bits()
    do throws(DuckDBError) {
      try bench.connection.register(
        Self.function("\(name)_add", isVolatile: true) { bits.insert($0) })
      try bench.connection.register(
        Self.function("\(name)_remove", isVolatile: true) { bits.remove($0) })
      try bench.connection.register(Self.function("\(name)_has") { bits.contains($0) })
    } catch {
      throw CatchmentError(.failed, "a step failed", cause: error.description)
    }
  }

  /// SQL that is true, and adds a row.
  ///
  /// To be computed for the rows that are wanted alone, as what is selected is: conditions are looked at in
  /// any order.
  func adding(_ place: String) -> String { "\(name)_add(\(place))" }

  /// The same, to take a row out.
  func removing(_ place: String) -> String { "\(name)_remove(\(place))" }

  /// SQL for whether a row is among them.
  func contains(_ place: String) -> String { "\(name)_has(\(place))" }

  private static func function(
    _ name: String, isVolatile: Bool = false, _ use: @escaping @Sendable ([Int]) -> [Bool]
  ) -> ScalarFunction {
    ScalarFunction(name, parameters: [.bigint], returns: .boolean, isVolatile: isVolatile) {
      (input, output) in
      let places = input.column(0)
      for answer in use((0..<input.rowCount).map { Int(places.int64(at: $0)) }) {
        output.set(0, answer)
        try output.endRow()
      }
    }
  }

  /// Several threads use it at once, each for many rows.
  private final class Bits: Sendable {
    private let words = Mutex<[UInt64]>([])

    private static func bit(_ place: Int) -> UInt64 { 1 << UInt64(place & 63) }

    func insert(_ places: [Int]) -> [Bool] {
      words.withLock { words in
        for place in places {
          let missing = place >> 6 - words.count + 1
          if missing > 0 { words.append(contentsOf: repeatElement(0, count: missing)) }
          words[place >> 6] |= Self.bit(place)
        }
      }
      return places.map { _ in true }
    }

    func remove(_ places: [Int]) -> [Bool] {
      words.withLock { words in
        for place in places where place >> 6 < words.count { words[place >> 6] &= ~Self.bit(place) }
      }
      return places.map { _ in true }
    }

    func contains(_ places: [Int]) -> [Bool] {
      words.withLock { words in
        places.map { $0 >> 6 < words.count && words[$0 >> 6] & Self.bit($0) != 0 }
      }
    }
  }
}
