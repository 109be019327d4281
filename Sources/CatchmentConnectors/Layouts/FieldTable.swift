internal import Catchment
internal import DuckDB
internal import JSONTape

/// Which of a line's bytes are of which column.
struct FieldTable {
  /// The columns that are wanted, in the order of the line.
  private var readers: ContiguousArray<FieldReader>
  /// Which field of the line each of them is.
  private var fields: ContiguousArray<Int>
  /// How many fields a line has.
  private var width: Int
  /// Places in a line of fixed width, counted from 0.
  private let places: [Range<Int>]
  private let needed: Int
  private let delimiter: UInt8
  /// One past the last byte of each field.
  private var ends: [Int]
  /// The fields of the line that was split last.
  private var count = 0

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
    ends = [Int](repeating: 0, count: width)
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
    ends = [Int](repeating: 0, count: width)
  }

  // MARK: Lines

  /// Whether a line says nothing: of a fixed width, blanks are nothing too.
  func isBlank(_ line: UnsafeRawBufferPointer) -> Bool {
    line.isEmpty || !places.isEmpty && line[0] == 0x20 && line.allSatisfy { $0 == 0x20 }
  }

  /// Finds where fields end; false when the line has other than ASCII.
  ///
  /// The line must be padded: it is read by words of eight bytes, beyond its end.
  mutating func split(_ line: UnsafeRawBufferPointer) -> Bool {
    guard places.isEmpty else { return Self.isASCII(line) }
    let (found, isASCII) = ends.withUnsafeMutableBufferPointer { ends in
      Self.split(line, by: delimiter, into: ends)
    }
    count = found
    return isASCII
  }

  private static let lows: UInt64 = 0x0101_0101_0101_0101
  private static let highs: UInt64 = 0x8080_8080_8080_8080

  private static func split(
    _ line: UnsafeRawBufferPointer, by delimiter: UInt8,
    into ends: UnsafeMutableBufferPointer<Int>
  ) -> (count: Int, isASCII: Bool) {
    guard let start = line.baseAddress else { return (1, true) }
    let pattern = lows &* UInt64(delimiter)
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
      var marks = ~(((other & ~highs) &+ ~highs) | other) & highs
      while marks != 0 {
        if found < ends.count { ends[found] = place &+ marks.trailingZeroBitCount >> 3 }
        found &+= 1
        marks &= marks &- 1
      }
      place &+= 8
    }
    if found < ends.count { ends[found] = line.count }
    return (found &+ 1, seen & highs == 0)
  }

  private static func isASCII(_ line: UnsafeRawBufferPointer) -> Bool {
    guard let start = line.baseAddress else { return true }
    var seen: UInt64 = 0
    var place = 0
    while place &+ 8 <= line.count {
      seen |= start.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      place &+= 8
    }
    while place < line.count {
      seen |= UInt64(line[place])
      place &+= 1
    }
    return seen & highs == 0
  }

  /// Reads a line that was split.
  func read(
    _ line: UnsafeRawBufferPointer, into rows: OutputChunk, _ decoder: TextDecoder?,
    _ scratch: inout [UInt8], isASCII: Bool
  ) throws(LayoutFault) {
    guard places.isEmpty else {
      return try readPlaces(line, into: rows, decoder, &scratch, isASCII: isASCII || decoder != nil)
    }
    guard count == width else {
      throw LayoutFault(
        code: "columns", message: "the line has \(count) columns in place of \(width)")
    }
    // An array would be counted up and down for every value.
    try readers.withUnsafeBufferPointer { (readers) throws(LayoutFault) in
      for place in readers.indices {
        let field = fields[place]
        let first = field == 0 ? 0 : ends[field &- 1] &+ 1
        let bytes = UnsafeRawBufferPointer(rebasing: line[first..<ends[field]])
        try readers[place].read(bytes, into: rows, decoder, &scratch)
      }
    }
  }

  /// - Parameter isASCII: whether a character is a byte, too.
  private func readPlaces(
    _ line: UnsafeRawBufferPointer, into rows: OutputChunk, _ decoder: TextDecoder?,
    _ scratch: inout [UInt8], isASCII: Bool
  ) throws(LayoutFault) {
    let starts = isASCII ? nil : Self.starts(line)
    let length = starts.map { $0.count - 1 } ?? line.count
    guard length >= needed else {
      throw LayoutFault(
        code: "too_short", message: "the line ends before its column at \(needed) begins")
    }
    try readers.withUnsafeBufferPointer { (readers) throws(LayoutFault) in
      for place in readers.indices {
        let range = places[place].clamped(to: 0..<length)
        let bytes = starts.map { $0[range.lowerBound]..<$0[range.upperBound] } ?? range
        try readers[place].read(
          UnsafeRawBufferPointer(rebasing: line[bytes]), into: rows, decoder, &scratch)
      }
    }
  }

  /// Where each character of UTF-8 begins, and where the last one ends.
  private static func starts(_ line: UnsafeRawBufferPointer) -> [Int] {
    line.indices.filter { line[$0] & 0xC0 != 0x80 } + [line.count]
  }
}
