internal import Catchment

/// Finds which of a line's bytes are of which column, and has those who read the columns.
struct FieldTable {
  /// The columns that are wanted, in the order of the line.
  private(set) var readers: ContiguousArray<FieldReader>
  /// Which field of the line each of them is.
  private var fields: ContiguousArray<Int>
  /// How many fields a line has.
  private var width: Int
  /// Places in a line of fixed width, counted from 0.
  private let places: [Range<Int>]
  private let needed: Int
  private let delimiter: UInt8
  /// Whether a character is a byte, whatever the line has.
  private let isByteText: Bool
  /// One past the last byte of each field of a line.
  private var ends: [UInt32]

  /// Fields in the order of the layout's columns.
  init(_ layout: Layout) {
    readers = ContiguousArray(
      layout.columns.members.enumerated().map { place, member in
        FieldReader(member.name, member.value, output: place, of: layout)
      })
    width = readers.count
    fields = ContiguousArray(0..<width)
    places =
      layout.isFixedWidth
      ? layout.columns.members.compactMap(\.value.place).map {
        $0.range.lowerBound - 1..<$0.range.upperBound
      } : []
    needed = places.map { $0.lowerBound + 1 }.max() ?? 0
    delimiter = layout.delimiter.byte
    isByteText = layout.encoding != .utf8
    ends = [UInt32](repeating: 0, count: width)
  }

  /// Fields in the order of a header.
  init(_ layout: Layout, header names: [String]) throws(LayoutFault) {
    self.init(layout)
    var left = Dictionary(
      uniqueKeysWithValues: layout.columns.members.enumerated().map { place, member in
        ((member.value.from ?? member.name).lowercased(), (place, member))
      })
    (readers, fields, width) = ([], [], names.count)
    for (place, name) in names.enumerated() {
      let known = left.removeValue(forKey: name.lowercased())
      guard known != nil || layout.others == .ignore else {
        throw LayoutFault(
          code: "header", message: "it has a column \"\(name)\" that the layout does not name")
      }
      guard let (output, column) = known else { continue }
      readers.append(FieldReader(column.name, column.value, output: output, of: layout))
      fields.append(place)
    }
    let missing = left.values.sorted { $0.0 < $1.0 }.map(\.1).first { !$0.value.isOptional }
    if let missing {
      let name = missing.value.from ?? missing.name
      throw LayoutFault(code: "header", message: "it has no column \"\(name)\"")
    }
    ends = [UInt32](repeating: 0, count: width)
  }

  // MARK: Lines

  /// Whether a line says nothing: of a fixed width, blanks are nothing too.
  func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    line.isEmpty || !places.isEmpty && line[0] == 0x20 && line.allSatisfy { $0 == 0x20 }
  }

  /// Adds a line's fields, unless it does not fit.
  ///
  /// The line must be padded: it is read by words of eight bytes, beyond its end.
  mutating func add(_ line: UnsafeRawBufferPointer, to lines: FieldLines) throws(LayoutFault) {
    guard places.isEmpty else { return try addPlaces(line, to: lines) }
    let (count, isASCII) = ends.withUnsafeMutableBufferPointer { ends in
      Self.split(line, by: delimiter, into: ends)
    }
    try checkText(line, isASCII)
    guard count == width else {
      throw LayoutFault(
        code: "columns", message: "the line has \(count) columns in place of \(width)")
    }
    try lines.add(line, isASCII: isASCII) { bounds in
      for place in fields.indices {
        let field = fields[place]
        bounds[place] = .init(first: field == 0 ? 0 : ends[field &- 1] &+ 1, end: ends[field])
      }
    }
  }

  private func checkText(_ line: UnsafeRawBufferPointer, _ isASCII: Bool) throws(LayoutFault) {
    guard !isASCII, !isByteText, String(validating: line, as: UTF8.self) == nil else { return }
    throw LayoutFault(code: "not_text", message: "the line is not UTF-8")
  }

  private func addPlaces(
    _ line: UnsafeRawBufferPointer, to lines: FieldLines
  ) throws(LayoutFault) {
    let isASCII = line.isASCII
    try checkText(line, isASCII)
    let starts = isASCII || isByteText ? nil : Self.starts(line)
    let length = starts.map { $0.count - 1 } ?? line.count
    guard length >= needed else {
      throw LayoutFault(
        code: "too_short", message: "the line ends before its column at \(needed) begins")
    }
    try lines.add(line, isASCII: isASCII) { bounds in
      for place in places.indices {
        let (first, end) = (places[place].lowerBound, min(places[place].upperBound, length))
        bounds[place] = .init(
          first: UInt32(truncatingIfNeeded: starts?[first] ?? first),
          end: UInt32(truncatingIfNeeded: starts?[end] ?? end))
      }
    }
  }

  /// Where each character of UTF-8 begins, and where the last one ends.
  private static func starts(_ line: UnsafeRawBufferPointer) -> [Int] {
    line.indices.filter { line[$0] & 0xC0 != 0x80 } + [line.count]
  }

  /// Finds the marks eight bytes at a time.
  private static func split(
    _ line: UnsafeRawBufferPointer, by delimiter: UInt8,
    into ends: UnsafeMutableBufferPointer<UInt32>
  ) -> (count: Int, isASCII: Bool) {
    guard let start = line.baseAddress else { return (1, true) }
    let pattern = Bytes8.lows &* UInt64(delimiter)
    var found = 0
    var seen: UInt64 = 0
    var place = 0
    while place < line.count {
      var word = start.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian
      let rest = line.count &- place
      // Bytes beyond the end are as if they were others.
      if rest < 8 { word &= (1 << UInt64(rest &* 8)) &- 1 }
      seen |= word
      let other = word ^ pattern
      // Exact: the sum of seven bits carries nowhere.
      var marks = ~(((other & ~Bytes8.highs) &+ ~Bytes8.highs) | other) & Bytes8.highs
      while marks != 0 {
        if found < ends.count {
          ends[found] = UInt32(truncatingIfNeeded: place &+ marks.trailingZeroBitCount >> 3)
        }
        found &+= 1
        marks &= marks &- 1
      }
      place &+= 8
    }
    if found < ends.count { ends[found] = UInt32(truncatingIfNeeded: line.count) }
    return (found &+ 1, seen & Bytes8.highs == 0)
  }
}

/// Masks for eight bytes at once.
private enum Bytes8 {
  static let lows: UInt64 = 0x0101_0101_0101_0101
  static let highs: UInt64 = 0x8080_8080_8080_8080
}

extension UnsafeRawBufferPointer {
  /// Whether every byte is a character of ASCII.
  var isASCII: Bool {
    guard let start = baseAddress else { return true }
    var seen: UInt64 = 0
    var place = 0
    while place &+ 8 <= count {
      seen |= start.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      place &+= 8
    }
    while place < count {
      seen |= UInt64(self[place])
      place &+= 1
    }
    return seen & Bytes8.highs == 0
  }
}
