internal import Catchment

/// The texts of cells, end to end.
struct CellText {
  /// What a row may hold, or a text of its own: Excel allows 32,767 characters a cell.
  private static let longest = 32 << 20
  private static let usual = 1 << 20

  private(set) var bytes: ContiguousArray<UInt8> = []

  var count: Int { bytes.count }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: bytes.capacity <= Self.usual) }

  @inline(__always)
  mutating func append(_ more: UnsafeRawBufferPointer) throws(CatchmentError) {
    guard bytes.count + more.count <= Self.longest else {
      throw CatchmentError(.failed, "a row or a text is longer than 32 MiB")
    }
    bytes.append(contentsOf: more)
  }

  @inline(__always)
  func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try bytes.withUnsafeBufferPointer { (buffer) throws(E) in
      try body(UnsafeRawBufferPointer(buffer))
    }
  }

  // MARK: Escapes

  private static let underscore = UInt8(ascii: "_")

  /// From a place on, makes characters of what stands for those that XML cannot hold: `_x0007_`.
  mutating func unescape(from start: Int) {
    guard let first = escape(from: start) else { return }
    var plain: [UInt8] = []
    var units: [UInt16] = []
    var place = first
    while place < bytes.count {
      if let unit = unit(at: place) {
        units.append(unit)
        place += 7
        continue
      }
      Self.join(&units, to: &plain)
      plain.append(bytes[place])
      place += 1
    }
    Self.join(&units, to: &plain)
    bytes.replaceSubrange(first..., with: plain)
  }

  private func escape(from start: Int) -> Int? {
    var place = start
    while let found = bytes[place...].firstIndex(of: Self.underscore) {
      if unit(at: found) != nil { return found }
      place = found + 1
    }
    return nil
  }

  /// Characters beyond the first 65,536 are written as two.
  private static func join(_ units: inout [UInt16], to plain: inout [UInt8]) {
    guard !units.isEmpty else { return }
    plain += String(decoding: units, as: UTF16.self).utf8
    units = []
  }

  private func unit(at place: Int) -> UInt16? {
    guard place + 7 <= bytes.count, bytes[place] == Self.underscore,
      bytes[place + 1] == UInt8(ascii: "x"), bytes[place + 6] == Self.underscore
    else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[place + 2..<place + 6] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    return unit
  }
}
