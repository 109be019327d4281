internal import DuckDB
import Synchronization

/// What came of rows that are read once: how many, and what they hash to together.
///
/// Counted where they are read, so that it can be compared with what arrived.
public final class Passage {
  /// Tells the records that could not be read, once the others were.
  public typealias Letters = (_ bench: Workbench) throws(CatchmentError) -> [DeadLetter]

  private let meter = Meter()
  private let readLetters: Letters
  private var letters: [DeadLetter]?
  /// Whether a thread that is not the engine's reads the rows.
  let isReadAhead: Bool

  init(isReadAhead: Bool, deadLetters: @escaping Letters) {
    self.isReadAhead = isReadAhead
    readLetters = deadLetters
  }

  /// How many rows were read so far.
  public var rows: Int { meter.sum.rows }
  /// The sum of what the rows hash to, modulo 2^64: the same whatever their order.
  public var checksum: UInt64 { meter.sum.checksum }

  /// The records that could not be read; to be asked once the rows were.
  public func deadLetters(in bench: Workbench) throws(CatchmentError) -> [DeadLetter] {
    if let letters { return letters }
    let found = try readLetters(bench)
    letters = found
    return found
  }

  /// A function that is true of every row, and is called for each with what it hashes to.
  func function(named name: String) -> ScalarFunction {
    let meter = meter
    return ScalarFunction(name, parameters: [.ubigint], returns: .boolean, isVolatile: true) {
      (input, output) in
      meter.take(input)
      for _ in 0..<input.rowCount {
        output.set(0, true)
        try output.endRow()
      }
    }
  }

  /// Several threads read at once.
  private final class Meter: Sendable {
    struct Sum {
      var rows = 0
      var checksum: UInt64 = 0
    }

    private let total = Mutex(Sum())
    var sum: Sum { total.withLock { $0 } }

    func take(_ input: DataChunk) {
      let hashes = input.column(0)
      var checksum: UInt64 = 0
      for row in 0..<input.rowCount { checksum &+= hashes.uint64(at: row) }
      total.withLock {
        $0.rows += input.rowCount
        $0.checksum &+= checksum
      }
    }
  }
}
