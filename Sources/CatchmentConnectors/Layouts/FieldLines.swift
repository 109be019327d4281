/// The fields of a chunk's lines: where each begins and ends.
///
/// The lines are borrowed: whoever adds them keeps them alive until the next `removeAll`.
final class FieldLines {
  /// Bytes of a line, counted from its first.
  struct Bounds {
    var first: UInt32
    var end: UInt32
  }

  let capacity: Int
  /// How many fields a line has.
  let width: Int
  private(set) var count = 0
  private let lines: UnsafeMutablePointer<UnsafeRawPointer>
  private let ascii: UnsafeMutablePointer<Bool>
  /// Line by line.
  private let bounds: UnsafeMutablePointer<Bounds>

  init(capacity: Int, width: Int) {
    (self.capacity, self.width) = (capacity, width)
    lines = .allocate(capacity: capacity)
    ascii = .allocate(capacity: capacity)
    bounds = .allocate(capacity: capacity * width)
  }

  deinit {
    lines.deallocate()
    ascii.deallocate()
    bounds.deallocate()
  }

  func removeAll() { count = 0 }

  /// Adds a line, whose fields' bounds `write` writes; unless that throws.
  func add(
    _ line: UnsafeRawBufferPointer, isASCII: Bool,
    _ write: (UnsafeMutablePointer<Bounds>) throws(LayoutFault) -> Void
  ) throws(LayoutFault) {
    guard count < capacity, let start = line.baseAddress else {
      preconditionFailure("there is no room for another line, or the line is none")
    }
    try write(bounds + count &* width)
    lines[count] = start
    ascii[count] = isASCII
    count &+= 1
  }

  /// A field of a line.
  @inline(__always)
  func field(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer {
    let place = bounds[row &* width &+ column]
    return UnsafeRawBufferPointer(
      start: lines[row] + Int(place.first), count: Int(place.end &- place.first))
  }

  /// Whether the whole line is ASCII.
  @inline(__always)
  func isASCII(_ row: Int) -> Bool { ascii[row] }

  /// Closes the gaps that lines leave.
  func remove(_ rows: Set<Int>) {
    var kept = 0
    for row in 0..<count where !rows.contains(row) {
      lines[kept] = lines[row]
      ascii[kept] = ascii[row]
      (bounds + kept * width).update(from: bounds + row * width, count: width)
      kept += 1
    }
    count = kept
  }
}
