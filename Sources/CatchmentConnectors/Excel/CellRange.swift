internal import Catchment

/// The place of a cell: `B7`.
struct CellPlace {
  /// Counted from 0.
  let column: Int
  /// Counted from 1.
  let row: Int

  /// Nil for what is no such place; letters may be small.
  init?(_ text: UnsafeRawBufferPointer) {
    var (column, row, letters) = (0, 0, 0)
    for byte in text {
      let letter = (byte & 0xDF) &- 0x41
      if byte &- 0x30 < 10, letters > 0, row < 1 << 32 {
        row = row &* 10 &+ Int(byte &- 0x30)
      } else if letter < 26, row == 0, letters < 3 {
        column = column &* 26 &+ Int(letter) &+ 1
        letters &+= 1
      } else {
        return nil
      }
    }
    guard column > 0, column <= CellRange.mostColumns, row > 0 else { return nil }
    (self.column, self.row) = (column - 1, row)
  }

  /// What a column is called: `A`, `AB`.
  static func letters(_ column: Int) -> String {
    let last = String(UnicodeScalar(UInt8(0x41 + column % 26)))
    return column < 26 ? last : letters(column / 26 - 1) + last
  }
}

/// Cells from one corner to another: `A3:F200`.
struct CellRange: OptionValue, Hashable {
  /// What a sheet has at most.
  static let mostColumns = 16_384

  let text: String
  let firstRow: Int
  let lastRow: Int
  /// Counted from 0.
  let columns: ClosedRange<Int>

  init(_ setting: Setting) throws(OptionError) {
    let text = try String(setting).uppercased()
    let corners = text.split(separator: ":", omittingEmptySubsequences: false).map { corner in
      Array(corner.utf8).withUnsafeBytes { CellPlace($0) }
    }
    guard corners.count == 2, let first = corners[0], let last = corners[1],
      last.row >= first.row, last.column >= first.column
    else { throw .expected("two cells such as A3:F200", not: setting) }
    (self.text, firstRow, lastRow) = (text, first.row, last.row)
    columns = first.column...last.column
  }

  var setting: Setting { text.setting }
  static var schema: Setting { String.schema }
}
