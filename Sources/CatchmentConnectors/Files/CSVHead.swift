internal import Catchment
internal import Foundation

/// The beginning of a file of separated values, for what the engine does not find out from it.
struct CSVHead {
  private static let length = 1 << 16
  private let bytes: [UInt8]

  /// - Parameter path: a file that is not compressed.
  init(_ path: String) throws(CatchmentError) {
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { file.closeFile() }
      bytes = Array(try file.read(upToCount: Self.length) ?? Data())
    } catch {
      throw CatchmentError(.sourceUnavailable, "\(path) cannot be read", cause: "\(error)")
    }
  }

  /// Whether it begins as UTF-16 does whose bytes have the order that the engine reads.
  var isUTF16: Bool { bytes.starts(with: [0xFF, 0xFE]) }
  var isUTF16OfOtherOrder: Bool { bytes.starts(with: [0xFE, 0xFF]) }

  /// Whether some lines end with CR LF and some with LF alone, which the engine reads none of.
  var hasMixedLineEnds: Bool {
    let ends = bytes.indices.filter { bytes[$0] == 0x0A }
    let marked = ends.count { $0 > 0 && bytes[$0 - 1] == 0x0D }
    return marked > 0 && marked < ends.count
  }

  private static let quote = UInt8(ascii: "\"")

  /// Whether a value has a quote at both its ends and none alone between.
  ///
  /// The engine takes quotes for text when one of them is wrong, and would leave all of them in the
  /// values.
  func hasQuotes(_ delimiter: String) -> Bool {
    guard let delimiter = delimiter.utf8.first else { return false }
    func isEnd(_ byte: UInt8) -> Bool { byte == delimiter || byte == 0x0A || byte == 0x0D }
    var place = 0
    var isBeginning = true
    while place < bytes.count {
      if isBeginning, bytes[place] == Self.quote, let after = endOfQuoted(from: place + 1) {
        if after < bytes.count, isEnd(bytes[after]) { return true }
      }
      isBeginning = isEnd(bytes[place])
      place += 1
    }
    return false
  }

  /// Where the byte behind the closing quote is, on the same line; two quotes are one in the value.
  private func endOfQuoted(from start: Int) -> Int? {
    var place = start
    while place < bytes.count, bytes[place] != 0x0A {
      if bytes[place] == Self.quote {
        guard place + 1 < bytes.count, bytes[place + 1] == Self.quote else { return place + 1 }
        place += 1
      }
      place += 1
    }
    return nil
  }
}
